import { occupantsOf } from "../lane/lane.ts";
import type { World } from "./world.ts";

/**
 * Gives up the task definitions of an app that no kept release names: of releases that failed or are kept no more, and of
 * starts that were made twice. Those of deployments under way are left to them.
 */
export async function forgetDefinitions(world: World, appId: number): Promise<void> {
  // Listed before the lane is read: whoever registers one is in the lane before, and is seen there or among the kept releases.
  const registered = await world.releases.definitions(appId);
  if (registered.length === 0) return;
  const underWay = occupantsOf(await world.lanes.get(appId));
  const kept = await world.records.list(appId);
  const rows = await Promise.all(kept.map(({ deployment_id }) => world.deployments.get(deployment_id)));
  const named = new Set(rows.flatMap((row) => row?.release?.task_definition ?? []));
  const unneeded = registered.filter((definition) => !named.has(definition));
  const given = await world.releases.forget(appId, unneeded, underWay);
  if (given.length > 0) world.note("Task definitions that are needed no more were given up", { app_id: appId, given });
}
