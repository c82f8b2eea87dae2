import type { App } from "../app.ts";
import { occupantsOf } from "../lane/lane.ts";
import { appWasDeleted } from "./deleted-app.ts";
import type { WorkerDeps } from "./deps.ts";
import { removeDomains } from "./domains.ts";
import { withoutFinished } from "./lanes.ts";
import { applyToRun } from "./runs.ts";
import { neededElsewhere } from "./shared-images.ts";

/** Goes one step on with removing a deleted app: first its deployments end, then what runs goes, then its rows. `true` when done. */
export async function removeApp(deps: WorkerDeps, app: App): Promise<boolean> {
  const unfinished = occupantsOf(await withoutFinished(deps, await deps.lanes.get(app.id)));
  for (const id of unfinished) {
    await deps.queue.send({ type: "deployment", deployment_id: id, event: appWasDeleted });
  }
  await deps.schedules.set(app.id, []);
  const isRunning = await cancelRuns(deps, app.id);
  if (unfinished.length > 0 || isRunning) return false;
  if (!(await deps.processes.remove(app.id))) return false;
  // Before its place on the load balancer is given up.
  if (!(await removeDomains(deps, app.id)) || !(await deps.releases.remove(app))) return false;
  if (!(await deps.runs.removeSome(app.id))) return false;
  await deps.records.removeAll(app.id);
  await removeImages(deps, app.id);
  const secrets = (await deps.secrets.stored(app.id)).map(({ name }) => name);
  await deps.secrets.remove(app.id, secrets);
  await deps.gitTokens.remove(app.id);
  const endpoints = app.settings.notifications.map(({ id }) => id);
  await deps.endpointAddresses.remove(app.id, endpoints);
  await deps.marks.remove(app.id);
  await deps.lanes.remove(app.id);
  await deps.configurations.remove(app.id);
  await deps.apps.remove(app);
  deps.logger.info("The app was removed", { app_id: app.id });
  return true;
}

/** Removes an app's repositories, unless releases of other apps need images of it: then the sweep does, later. */
async function removeImages(deps: WorkerDeps, appId: number): Promise<boolean> {
  if ((await neededElsewhere(deps, appId)).length > 0) return false;
  await deps.images.remove(appId);
  return true;
}

/** Has what still runs of an app stopped. `true`: something does. */
async function cancelRuns(deps: WorkerDeps, appId: number): Promise<boolean> {
  const running = await deps.runs.unfinished(appId);
  for (const { id } of running) {
    await applyToRun(deps, id, { type: "cancel_requested", by: "Slipway, since the app is deleted" });
    await deps.queue.send({ type: "run", run_id: id });
  }
  return running.length > 0;
}

/** Removes repositories of apps that are gone: whoever was held up while starting a build may have made them after that. */
export async function removeOrphanedRepositories(deps: WorkerDeps): Promise<void> {
  for (const id of await deps.images.owners()) {
    if ((await deps.apps.get(id)) !== null) continue;
    if (await removeImages(deps, id))
      deps.logger.warn("Repositories of an app that is gone were removed", { app_id: id });
  }
}
