import type { Caller } from "../caller.ts";
import type { History } from "../history.ts";
import type { Complain } from "../report.ts";
import type { Shown } from "./ends.ts";

/** All rows of a list, page by page; says which rows came twice. */
export async function walk<T>(
  caller: Caller,
  path: string,
  keyOf: (row: T) => unknown,
  complain: Complain,
): Promise<T[]> {
  const rows: T[] = [];
  const keys = new Set<unknown>();
  for (let cursor = ""; ; ) {
    const { status, body } = await caller.ask("GET", `${path}${cursor}`);
    if (status !== 200) throw new Error(`GET ${path}${cursor} was answered ${status}.`);
    for (const row of body.data) {
      if (keys.has(keyOf(row))) complain("a list has a row twice", `${path}: ${keyOf(row)}`);
      keys.add(keyOf(row));
      rows.push(row);
    }
    if (body.next_cursor === null) return rows;
    cursor = `&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
}

export const allDeployments = (caller: Caller, complain: Complain, limit = 50): Promise<Shown[]> =>
  walk<Shown>(caller, `/api/deployments?limit=${limit}`, ({ id }) => id, complain);

/** What was acknowledged is there, and what has ended stays as it ended. */
export function judgeLists(history: History, listed: readonly Shown[], complain: Complain): void {
  const byId = new Map(listed.map((row) => [row.id, row]));
  for (const { id, end } of history.deployments.values()) {
    const row = byId.get(id);
    if (row === undefined) complain("an acknowledged deployment is missing from the list", String(id));
    else if (end !== null && (row.stage !== end.stage || row.finished_at !== end.finished_at))
      complain(
        "an end changed",
        `${id} was ${end.stage} at ${end.finished_at}, now ${row.stage} at ${row.finished_at}`,
      );
  }
}

/** Nothing is there that nobody asked for; once all answers are known. */
export function judgeInvented(history: History, listed: readonly Shown[], complain: Complain): void {
  for (const row of listed) {
    if (history.deployments.has(row.id) || isFound(row)) continue;
    complain("nobody asked for a deployment", JSON.stringify(row));
  }
}

/** The push of a commit that no webhook had announced yet when the branch was polled. */
export const isFound = ({ trigger, reason }: Shown): boolean =>
  trigger === "webhook" && (reason?.includes("found by polling") ?? false);

/** Metrics of each app, recounted from the deployments. */
export async function judgeMetrics(
  caller: Caller,
  history: History,
  listed: readonly Shown[],
  complain: Complain,
): Promise<void> {
  for (const app of history.apps.filter(({ deleted }) => !deleted)) {
    const own = listed.filter((row) => row.app_id === app.id);
    const succeeded = own.filter(({ stage }) => stage === "success").length;
    const failed = own.filter(({ stage }) => stage === "failed").length;
    const live = own.filter(({ stage, rollback_of }) => stage === "success" && rollback_of === null).length;
    const all = succeeded + failed;
    const expected = {
      ...{ deployments: all, succeeded, failed },
      success_rate: all === 0 ? null : succeeded / all,
      deployment_frequency: live / 2,
    };
    // Two days: a campaign may run past midnight.
    const { body } = await caller.ask("GET", `/api/apps/${app.id}/metrics?days=2`);
    const actual = Object.fromEntries(Object.keys(expected).map((name) => [name, body.data[name]]));
    if (JSON.stringify(actual) !== JSON.stringify(expected))
      complain("metrics are not what a recount gives", `${app.name}: ${JSON.stringify({ actual, expected })}`);
  }
}

interface AuditEntry {
  readonly id: string;
  readonly action: string;
  readonly app_id: number | null;
  readonly deployment_id: number | null;
}

/** The audit log has each write that was answered, and no other. */
export async function judgeAudit(caller: Caller, history: History, complain: Complain): Promise<void> {
  const entries = await walk<AuditEntry>(caller, "/api/audit?limit=50", ({ id }) => id, complain);
  const counts = new Map<string, number>();
  for (const { action, app_id, deployment_id } of entries) {
    const key = `${action} ${deployment_id ?? app_id}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, { certain, possible }] of history.writes) {
    const count = counts.get(key) ?? 0;
    if (count < certain || count > possible)
      complain(
        "the audit log is not what a recount gives",
        `${key}: ${count} times, ${certain} to ${possible} were made`,
      );
    else if (count === 0 && /^deployment\.(create|rollback|retry) /.test(key) && possible > 0)
      complain("an action that was acknowledged is not in the audit log", key);
  }
  for (const key of counts.keys()) {
    if (!history.writes.has(key)) complain("the audit log has what nobody did", key);
  }
}
