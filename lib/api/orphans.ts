import type { ShownOrphans } from "../contract/answers/orphans.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError } from "./errors.ts";

/** What is nobody's is shown to admins of all apps only. */
function requireAllApps({ principal }: Call): void {
  if (principal.apps === null) return;
  throw new ApiError("forbidden", {
    sentence: "You may not see what belongs to no app: you are limited to some apps.",
  });
}

/** What belongs to no app, by the last report. */
export async function showOrphans(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  return data(await shown(deps));
}

/** Has it looked for now, and answers the last report. */
export async function findOrphans(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  await deps.queue.send({ type: "find_orphans" });
  return data(await shown(deps), 202);
}

async function shown({ orphanReports }: ApiDeps): Promise<ShownOrphans> {
  return (await orphanReports.get()) ?? { checked_at: null, orphans: [], unchecked: [] };
}
