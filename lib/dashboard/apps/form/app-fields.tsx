import { Section } from "./controls.tsx";
import { namesIn, type PlainName } from "./fields.ts";
import { formParts } from "./form-parts.ts";
import { PlainFields } from "./plain-fields.tsx";
import { sections } from "./sections.ts";
import type { AppForm } from "./use-app-form.ts";

/** Every section that has settings, below each other. `without`: what the page shows in another place. */
export function AllFields({ form, without }: { form: AppForm; without: readonly PlainName[] }) {
  return sections.map(({ name, title, text }) => {
    const Part = formParts[name];
    const isEmpty = Part === undefined && namesIn(name).every((field) => without.includes(field));
    if (isEmpty) return null;
    return (
      <Section key={name} title={title} text={text}>
        <PlainFields form={form} section={name} without={without} />
        {Part !== undefined && <Part form={form} />}
      </Section>
    );
  });
}
