import type { Deployment } from "../deployment/deployment.ts";
import type { WorkerDeps } from "./deps.ts";

/** A rollback, a redeploy and a promotion have the image of another deployment, which may be one of these, too. */
const mostHops = 5;

/**
 * The size of the image that serves an app while a deployment is under way, in bytes as it lies in the registry; `null`: nothing
 * serves, or it is not known.
 */
export async function servedImageBytes(
  deps: Pick<WorkerDeps, "deployments">,
  { live_before }: Pick<Deployment, "live_before">,
): Promise<number | null> {
  let id = live_before;
  for (let hop = 0; id !== null && hop < mostHops; hop++) {
    const row = await deps.deployments.get(id);
    if (row?.build_result) return row.build_result.image_bytes;
    id = row?.rollback_of ?? row?.from_deployment ?? (row?.trigger === "redeploy" ? row.live_before : null);
  }
  return null;
}
