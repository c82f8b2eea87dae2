import type { App } from "@slipway/monitor/client";
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { Link, useSearchParams } from "react-router";
import { appsQuery } from "../../api/queries.ts";
import { codeInputClass, Field } from "../../ui/field.tsx";
import { usePageTitle } from "../../ui/page-title.ts";
import { Failure, Skeleton } from "../../ui/states.tsx";
import { variablesOf } from "./find-variables.ts";
import { VariableItem } from "./variable-item.tsx";

/** Which apps have a variable, by a part of its name. */
export default function VariablesPage() {
  usePageTitle("Variables");
  const { data: apps, error, refetch } = useQuery(appsQuery);
  const [params, setParams] = useSearchParams();
  const part = params.get("q") ?? "";
  const id = useId();
  return (
    <div className="grid gap-5">
      <h1 className="text-xl font-semibold">Variables</h1>
      <Field id={id} label="Name" hint="Searches the variables and secrets of all apps by name.">
        <input
          id={id}
          type="search"
          aria-describedby={`${id}-hint`}
          className={`${codeInputClass} max-w-md`}
          placeholder="DATABASE_URL"
          autoComplete="off"
          spellCheck={false}
          value={part}
          onChange={({ target: { value } }) => setParams(value === "" ? {} : { q: value }, { replace: true })}
        />
      </Field>
      {apps === undefined && error === null && <Skeleton />}
      {apps === undefined && error !== null && <Failure error={error} onRetry={() => void refetch()} />}
      {apps !== undefined && <Found apps={apps} part={part} />}
    </div>
  );
}

function Found({ apps, part }: { apps: readonly App[]; part: string }) {
  const found = variablesOf(apps, part);
  const count = found.reduce((sum, { variables }) => sum + variables.length, 0);
  return (
    <>
      <p role="status" className="text-muted">
        {count === 0 ? "No variables found." : `${count} in ${found.length} ${found.length === 1 ? "app" : "apps"}`}
      </p>
      {found.map(({ app, variables }) => (
        <section key={app.id} aria-label={app.name} className="grid gap-2">
          <h2 className="min-w-0 font-semibold wrap-anywhere">
            <Link to={`/apps/${app.id}/settings/variables`} className="hover:underline">
              {app.name}
            </Link>
          </h2>
          <ul aria-label={`Variables of ${app.name}`} className="divide-y rounded-box border">
            {variables.map(({ name, value }) => (
              <VariableItem key={name} name={name} value={value} />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
