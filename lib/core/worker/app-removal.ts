import type { App } from "../app.ts";
import { occupantsOf } from "../lane/lane.ts";
import { appWasDeleted } from "./deleted-app.ts";
import { forgetImages } from "./forget-images.ts";
import { withoutFinished } from "./lanes.ts";
import type { World } from "./world.ts";

/** Goes one step on with removing a deleted app: first its deployments end, then what runs goes, then its rows. `true` when done. */
export async function removeApp(world: World, app: App): Promise<boolean> {
  const unfinished = occupantsOf(await withoutFinished(world, await world.lanes.get(app.id)));
  for (const id of unfinished) {
    await world.queue.send({ type: "deployment", deployment_id: id, event: appWasDeleted });
  }
  if (unfinished.length > 0 || !(await world.releases.remove(app))) return false;
  await world.records.removeAll(app.id);
  await forgetImages(world, app.id, Number.POSITIVE_INFINITY);
  await world.secrets.remove(app.id, app.settings.secrets);
  await world.gitTokens.remove(app.id);
  const endpoints = app.settings.notifications.map(({ id }) => id);
  await world.endpointAddresses.remove(app.id, endpoints);
  await world.marks.remove(app.id);
  await world.lanes.remove(app.id);
  await world.apps.remove(app);
  world.note("The app was removed", { app_id: app.id });
  return true;
}
