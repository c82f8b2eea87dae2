import type { Deployment } from "../deployment/deployment.ts";
import { isWaitingFor } from "../deployment/draft.ts";
import type { ReleaseRecord } from "../deployment/release-record.ts";
import type { WorkerDeps } from "./deps.ts";

/**
 * Gives up the task definitions of an app that no kept release names: of releases that failed or are kept no more, and of
 * starts that were made twice. Those of deployments that a worker may be at are left: one that was held up between
 * registering a definition and starting it starts it yet, whatever became of the deployment since. Such a deployment
 * confirms later that nothing of it runs, and then they are given up. `confirmed`: the one that has just done so. `released`:
 * the one that has just become live. `some`: others that nobody needs are left, since the service runs them or may go back to
 * them at this moment.
 */
export async function forgetDefinitions(
  deps: WorkerDeps,
  appId: number,
  { confirmed = null, released = null }: { readonly confirmed?: number | null; readonly released?: Deployment | null },
): Promise<"all" | "some"> {
  // Listed before the rows are read: whoever registers one has a row by then that says it is under way, or is kept.
  const live = released === null ? [] : definitionsOf(released);
  const registered = (await deps.releases.definitions(appId)).filter((definition) => !live.includes(definition));
  if (registered.length === 0) return "all";
  const records = await deps.records.list(appId);
  const kept = records.map(({ deployment_id }) => deployment_id);
  const named = new Set((await Promise.all(records.map((record) => namedBy(deps, record)))).flat());
  const unneeded = registered.filter((definition) => !named.has(definition));
  const given = await deps.releases.forget(appId, unneeded, async (id) => {
    const row = id === confirmed ? null : await deps.deployments.get(id);
    if (row !== null && (row.finished_at === null || isWaitingFor(row, "confirm_stopped"))) return true;
    // It may have become live since then. One that has ended was noted as kept before.
    return !kept.includes(id) && (await deps.records.list(appId)).some(({ deployment_id }) => deployment_id === id);
  });
  if (given.length > 0) deps.logger.info("Unused task definitions were deleted", { app_id: appId, given });
  return given.length < unneeded.length ? "some" : "all";
}

/** The task definitions of a release: that of `web` and those of its processes. */
export const definitionsOf = ({ release, processes }: Deployment): readonly string[] =>
  [release?.task_definition, ...Object.values(processes?.task_definitions ?? {})].filter(
    (one) => typeof one === "string",
  );

async function namedBy(deps: WorkerDeps, record: ReleaseRecord): Promise<readonly string[]> {
  if (record.task_definitions) return record.task_definitions;
  const row = await deps.deployments.get(record.deployment_id);
  return row === null ? [] : definitionsOf(row);
}
