import type { App } from "@slipway/monitor/client";

interface FoundVariable {
  readonly name: string;
  /** `null`: a secret. */
  readonly value: string | null;
}

interface FoundIn {
  readonly app: App;
  readonly variables: readonly FoundVariable[];
}

/** The apps that have variables or secrets with this part in their names, in either case. */
export function variablesOf(apps: readonly App[], part: string): readonly FoundIn[] {
  const wanted = part.trim().toUpperCase();
  return apps
    .map((app) => ({ app, variables: allOf(app).filter(({ name }) => name.toUpperCase().includes(wanted)) }))
    .filter(({ variables }) => variables.length > 0);
}

const allOf = (app: App): readonly FoundVariable[] => [
  ...Object.entries(app.env).map(([name, value]) => ({ name, value })),
  ...app.secrets.map((name) => ({ name, value: null })),
];
