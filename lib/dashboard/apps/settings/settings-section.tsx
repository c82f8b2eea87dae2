import { Link } from "react-router";
import { useMay } from "../../session/session.tsx";
import { usePageTitle } from "../../ui/page-title.ts";
import { useShownApp } from "../app-page.tsx";
import { namesIn } from "../form/fields.ts";
import { formParts } from "../form/form-parts.ts";
import { type SectionName, sectionOf } from "../form/sections.ts";
import { otherParts } from "./other-parts.ts";
import { SectionForm } from "./section-form.tsx";
import { ShownVariables } from "./shown-variables.tsx";

/** One section of an app's settings. */
export default function SettingsSection({ name }: { name: SectionName }) {
  const app = useShownApp();
  const isAdmin = useMay("admin");
  const { title, text } = sectionOf(name);
  const Other = otherParts[name];
  const hasForm = namesIn(name).length > 0 || formParts[name] !== undefined;
  usePageTitle(`${title} · ${app.name}`);
  return (
    <section aria-labelledby="section" className="grid min-w-0 gap-5">
      <div>
        <h2 id="section" className="text-base font-semibold">
          {title}
        </h2>
        <p className="mt-1 text-muted">{text}</p>
      </div>
      {/* In a form that is disabled nothing can be revealed or copied. */}
      {name === "variables" && !isAdmin ? (
        <ShownVariables app={app} />
      ) : (
        hasForm && (
          <fieldset disabled={!isAdmin} className="min-w-0">
            <legend className="sr-only">
              {title} of {app.name}
            </legend>
            <SectionForm key={app.id} app={app} name={name} />
          </fieldset>
        )
      )}
      {name === "variables" && (
        <p>
          <Link to="/variables" className="text-accent underline-offset-2 hover:underline">
            Search the variables of all apps
          </Link>
        </p>
      )}
      {Other !== undefined && <Other app={app} />}
    </section>
  );
}
