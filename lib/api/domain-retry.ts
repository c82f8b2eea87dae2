import { retryDomainSchema } from "../contract/requests.ts";
import { retried } from "../core/domains/domains.ts";
import { readableApp } from "./apps.ts";
import { entryOf } from "./audit-entry.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { shownDomains, spelled } from "./domains.ts";
import { ApiError } from "./errors.ts";
import { parse } from "./parse.ts";

/** Asks for the certificate of a domain anew. */
export async function retryDomain(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  const { name: given } = parse(retryDomainSchema, call.body);
  const [name = given] = spelled([given]);
  const row = await deps.domains.get(app.id);
  const next = retried(row, name);
  if (next === null)
    throw new ApiError("domain_not_failed", {
      sentence: `The app ${app.settings.name} has no domain ${name} that failed.`,
    });
  const entry = entryOf(deps, call, { app_id: app.id, details: { domain: name } });
  if (!(await deps.domains.replace({ ...next, version: row.version + 1 }, entry))) throw new ApiError("conflict");
  await deps.queue.send({ type: "domains", app_id: app.id, due: null });
  return data({ domains: await shownDomains(deps, app) });
}
