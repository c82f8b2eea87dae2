import { CheckField, type CheckName, NumberField, SelectField, TextField, type TextName } from "./controls.tsx";
import { type FieldSpec, fields, namesIn, type PlainName } from "./fields.ts";
import type { KindName } from "./kinds.ts";
import type { SectionName } from "./sections.ts";
import type { AppForm } from "./use-app-form.ts";

interface FieldsProps {
  readonly form: AppForm;
  readonly section: SectionName;
  /** Those that the page shows in another place. */
  readonly without?: readonly PlainName[];
}

/** The settings of a section that are one control each. */
export function PlainFields({ form, section, without = [] }: FieldsProps) {
  const shown = namesIn(section).filter((name) => !without.includes(name) && isShown(form, fields[name]));
  if (shown.length === 0) return null;
  return (
    <div className="grid gap-4 sm:grid-cols-2!">
      {shown.map((name) => (
        <div key={name} className={isHalf(fields[name]) ? "min-w-0" : "min-w-0 sm:col-span-2"}>
          <PlainField form={form} name={name} />
        </div>
      ))}
    </div>
  );
}

const isHalf = (spec: FieldSpec): boolean => spec.isHalf === true;

function isShown({ draft }: AppForm, { shownIf }: FieldSpec): boolean {
  if (shownIf === undefined) return true;
  const values: Readonly<Record<string, unknown>> = { ...draft };
  return values[shownIf.name] === shownIf.is;
}

function PlainField({ form, name }: { form: AppForm; name: PlainName }) {
  if (isCheck(name)) return <CheckField form={form} name={name} {...textsOf(fields[name])} />;
  const spec: FieldSpec<KindName> = fields[name];
  const field = { form, name: name as Exclude<PlainName, CheckName> & TextName, ...textsOf(spec) };
  switch (spec.kind) {
    case "choice":
    case "numberChoice":
      return <SelectField {...field} options={spec.options ?? []} />;
    case "number":
    case "optionalNumber":
      return <NumberField {...field} unit={spec.unit} />;
    default:
      return <TextField {...field} />;
  }
}

const isCheck = (name: PlainName): name is PlainName & CheckName => fields[name].kind === "check";

const textsOf = ({ label, hint }: FieldSpec) => ({ label, hint });
