import { isWaitingFor } from "../deployment/draft.ts";
import type { WorkerDeps } from "./deps.ts";

/**
 * Gives up the task definitions of an app that no kept release names: of releases that failed or are kept no more, and of
 * starts that were made twice. Those of deployments that a worker may be at are left: one that was held up between
 * registering a definition and starting it starts it yet, whatever became of the deployment since. Such a deployment
 * confirms later that nothing of it runs, and then they are given up. `confirmed`: the one that has just done so.
 * `some`: others that nobody needs are left, since the service runs them or may go back to them at this moment.
 */
export async function forgetDefinitions(
  deps: WorkerDeps,
  appId: number,
  confirmed: number | null = null,
): Promise<"all" | "some"> {
  // Listed before the rows are read: whoever registers one has a row by then that says it is under way, or is kept.
  const registered = await deps.releases.definitions(appId);
  if (registered.length === 0) return "all";
  const kept = await keptBy(deps, appId);
  const rows = await Promise.all(kept.map((id) => deps.deployments.get(id)));
  const named = new Set(
    rows.flatMap((row) => [row?.release?.task_definition, ...Object.values(row?.processes?.task_definitions ?? {})]),
  );
  const unneeded = registered.filter((definition) => !named.has(definition));
  const given = await deps.releases.forget(appId, unneeded, async (id) => {
    const row = id === confirmed ? null : await deps.deployments.get(id);
    if (row !== null && (row.finished_at === null || isWaitingFor(row, "confirm_stopped"))) return true;
    // It may have become live since then. One that has ended was noted as kept before.
    return !kept.includes(id) && (await keptBy(deps, appId)).includes(id);
  });
  if (given.length > 0) deps.logger.info("Unused task definitions were deleted", { app_id: appId, given });
  return given.length < unneeded.length ? "some" : "all";
}

const keptBy = async ({ records }: WorkerDeps, appId: number): Promise<readonly number[]> =>
  (await records.list(appId)).map(({ deployment_id }) => deployment_id);
