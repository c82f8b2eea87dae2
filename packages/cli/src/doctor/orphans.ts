import type { Client, Me, Orphans } from "@slipway/monitor/client";
import { RequestError } from "@slipway/monitor/client";
import { type Finding, skipped, well, wrong } from "./finding.ts";

const check = "leftovers";

/** AWS resources of the installation that belong to no app. */
export async function checkOrphans(client: Client, me: Me): Promise<readonly Finding[]> {
  if (me.role !== "admin" || me.apps !== null) return [skipped(check, "shown to admins of all apps")];
  try {
    return judgeOrphans(await client.showOrphans());
  } catch (error) {
    if (!(error instanceof RequestError && error.status === 404)) throw error;
    return [skipped(check, "this version of Slipway does not look for them")];
  }
}

/** One finding for each thing that is left, or could not be looked for. */
export function judgeOrphans({ checked_at, orphans, unchecked }: Orphans): readonly Finding[] {
  if (checked_at === null) return [skipped(check, "not looked for yet; Slipway looks every hour")];
  const when = `${checked_at.slice(0, 16).replace("T", " ")} UTC`;
  const left = orphans.map(({ kind, name, app_id }) =>
    wrong(
      check,
      `${kind} ${name} ${app_id === null ? "belongs to no app" : `is left of app ${app_id}, which is gone`} (${when})`,
      "If it is not in use, delete it in AWS. Slipway doesn't delete it, because it may belong to something else. See docs/runbook.md.",
    ),
  );
  const unknown = unchecked.map(({ kind, reason }) =>
    wrong(
      check,
      `every ${kind} could not be looked at (${when}): ${reason}`,
      "Check the worker's permissions and its logs.",
    ),
  );
  const found = [...left, ...unknown];
  return found.length === 0 ? [well(check, `no AWS resource without an app (${when})`)] : found;
}
