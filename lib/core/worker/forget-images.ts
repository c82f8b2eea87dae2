import { outdatedTags } from "../images.ts";
import { occupantsOf } from "../lane/lane.ts";
import type { WorkerDeps } from "./deps.ts";

/** Gives up the images of an app's builds for deployments before `before`, but for those of kept releases and of deployments under way. */
export async function forgetImages(deps: WorkerDeps, appId: number, before: number): Promise<void> {
  const ids = occupantsOf(await deps.lanes.get(appId));
  const underWay = await Promise.all(ids.map((id) => deps.deployments.get(id)));
  const needed = [...(await deps.records.list(appId)), ...underWay.filter((row) => row !== null)];
  const kept = needed.flatMap(({ image_digest }) => image_digest ?? []);
  const tags = outdatedTags(await deps.images.list(appId), { before, kept });
  if (tags.length === 0) return;
  await deps.images.untag(appId, tags);
  deps.logger.info("Unused images were deleted", { app_id: appId, tags });
}
