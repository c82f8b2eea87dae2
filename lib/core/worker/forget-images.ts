import { outdatedTags } from "../images.ts";
import { occupantsOf } from "../lane/lane.ts";
import type { WorkerDeps } from "./deps.ts";
import { neededElsewhere } from "./shared-images.ts";

/** Each answers the digests of an app's images that something needs. What most often needs the last one comes first. */
const needs: readonly ((deps: WorkerDeps, appId: number) => Promise<readonly string[]>)[] = [
  async (deps, appId) => (await deps.records.list(appId)).map(({ image_digest }) => image_digest),
  async (deps, appId) => {
    const ids = occupantsOf(await deps.lanes.get(appId));
    const underWay = await Promise.all(ids.map((id) => deps.deployments.get(id)));
    return underWay.flatMap((row) => row?.image_digest ?? []);
  },
  neededElsewhere,
];

/** Gives up the images of an app's builds for deployments before `before`, but for those of kept releases, of deployments under way, and of other apps' releases. */
export async function forgetImages(deps: WorkerDeps, appId: number, before: number): Promise<void> {
  // Listed before the rows are read: whoever needs one of these later has read of it in a row that is there now.
  const listed = await deps.images.list(appId);
  const kept: string[] = [];
  let tags = outdatedTags(listed, { before, kept });
  for (const needed of needs) {
    if (tags.length === 0) return;
    kept.push(...(await needed(deps, appId)));
    tags = outdatedTags(listed, { before, kept });
  }
  if (tags.length === 0) return;
  await deps.images.untag(appId, tags);
  deps.logger.info("Unused images were deleted", { app_id: appId, tags });
}
