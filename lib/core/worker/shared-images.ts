import { occupantsOf } from "../lane/lane.ts";
import type { SharedImage } from "../ports/builds.ts";
import { plusSeconds } from "../time.ts";
import type { WorkerDeps } from "./deps.ts";

/** An image is shared before the row that names it is written; whoever writes has ended by then, done or dead. */
const requestSeconds = 120;
/** Deployments that are not in their app's lane yet are among its newest. */
const newest = 20;

/** The digests in an app's repository that releases of other apps need. Those that none needs any more are forgotten. */
export async function neededElsewhere(deps: WorkerDeps, ownerAppId: number): Promise<readonly string[]> {
  const needed: string[] = [];
  for (const image of await deps.sharedImages.list(ownerAppId)) {
    if (await isNeeded(deps, image)) needed.push(image.image_digest);
    else await deps.sharedImages.forget(image);
  }
  return needed;
}

async function isNeeded(deps: WorkerDeps, { app_id, image_digest, shared_at }: SharedImage): Promise<boolean> {
  if (shared_at > plusSeconds(deps.now(), -requestSeconds)) return true;
  const app = await deps.apps.get(app_id);
  if (app === null) return false;
  const lane = await deps.lanes.get(app_id);
  const { deployments } = await deps.deployments.list({ apps: [app_id], stage: null, limit: newest, before: null });
  const unfinished = deployments.filter(({ finished_at }) => finished_at === null).map(({ id }) => id);
  const live = app.live_deployment_id === null ? [] : [app.live_deployment_id];
  const rows = await Promise.all([...occupantsOf(lane), ...unfinished, ...live].map((id) => deps.deployments.get(id)));
  if (rows.some((row) => row?.image_digest === image_digest)) return true;
  return (await deps.records.list(app_id)).some((record) => record.image_digest === image_digest);
}
