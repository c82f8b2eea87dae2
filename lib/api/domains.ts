import type { ShownDomain } from "../contract/answers/apps.ts";
import type { App, Settings } from "../core/app.ts";
import { recordsOf } from "../core/domains/domains.ts";
import { domainName, isWithin } from "../core/domains/name.ts";
import type { ApiDeps, Call } from "./deps.ts";
import { ApiError, type Detail } from "./errors.ts";
import { mayRead } from "./principal.ts";

/** Domains as they are stored, each once. What is wrong with one was said when the body was read. */
export const spelled = (domains: readonly string[]): string[] => [
  ...new Set(domains.map((given) => domainName(given)).flatMap((read) => ("name" in read ? [read.name] : []))),
];

/** What is wrong with an app's domains on this installation. */
export function objectionsToDomains({ domains }: Pick<Settings, "domains">, installation: string): readonly Detail[] {
  if (domains.length > 0 && installation === "")
    return [{ field: "domains", message: "need an installation with a domain: npm run deploy -- -c domain=…" }];
  return domains.flatMap((name, index) =>
    isWithin(name, installation)
      ? [{ field: `domains.${index}`, message: `is below ${installation}, where each app has its name already` }]
      : [],
  );
}

/** Another app has one of these domains; it is named only to those who may see it. `null`: none has. */
export async function takenDomain(
  deps: Pick<ApiDeps, "apps">,
  call: Pick<Call, "principal">,
  { id, settings }: Pick<App, "id" | "settings">,
): Promise<ApiError | null> {
  for (const domain of settings.domains) {
    const owner = await deps.apps.domainOwner(domain);
    if (owner === null || owner === id) continue;
    const app = mayRead(call.principal, owner) ? await deps.apps.get(owner) : null;
    const who = app === null ? "Another app" : `The app ${app.settings.name}`;
    return new ApiError("domain_taken", { sentence: `${who} has the domain ${domain}. Remove it there first.` });
  }
  return null;
}

/** An app's domains with what became of them. */
export async function shownDomains(deps: Pick<ApiDeps, "domains">, app: App): Promise<ShownDomain[]> {
  const wanted = app.settings.domains;
  if (wanted.length === 0) return [];
  const { domains, target } = await deps.domains.get(app.id);
  return wanted.map((name) => {
    const known = domains.find((domain) => domain.name === name && !domain.removed);
    if (known === undefined) return { name, state: "pending_validation", records: [], reason: null };
    return { name, state: known.state, records: [...recordsOf(known, target)], reason: known.reason };
  });
}
