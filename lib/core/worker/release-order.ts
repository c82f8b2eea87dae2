import type { Deployment } from "../deployment/deployment.ts";
import { withImage } from "../image-config.ts";
import type { ReleaseOrder } from "../ports/releases.ts";

/** What this deployment releases; `null` before there is an image. */
export function releaseOrder(row: Deployment): ReleaseOrder | null {
  if (row.image_digest === null) return null;
  return {
    deployment_id: row.id,
    app_id: row.app_id,
    commit_hash: row.commit_hash,
    image_digest: row.image_digest,
    image_app_id: row.image_app_id,
    settings: withImage(row.settings, row.image_settings),
  };
}
