import type { App } from "@slipway/monitor/client";
import { variablesOf } from "../variables/find-variables.ts";
import { VariableItem } from "../variables/variable-item.tsx";

/** The variables of an app, for those who may not change them: values of plain ones, names of secrets. */
export function ShownVariables({ app }: { app: App }) {
  const [found] = variablesOf([app], "");
  if (found === undefined) return <p className="text-muted">No variables yet.</p>;
  return (
    <ul aria-label={`Variables of ${app.name}`} className="divide-y rounded-box border">
      {found.variables.map(({ name, value }) => (
        <VariableItem key={name} name={name} value={value} />
      ))}
    </ul>
  );
}
