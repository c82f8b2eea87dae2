import type { Deployment } from "../deployment/deployment.ts";
import type { EventOf } from "../deployment/event.ts";
import { imageTag } from "../images.ts";
import { plusSeconds } from "../time.ts";
import { buildKey } from "./build-key.ts";
import type { WorkerDeps } from "./deps.ts";

/** Longer than that and a build is begun, which finds out by itself. */
const deadlineMs = 5000;
/** So old may be what is known of a base image that is not named by its digest. */
const baseImageSeconds = 24 * 60 * 60;
/** How many of the app's newest deployments are looked at beside the kept releases: those that were built and never live. */
const newest = 10;

interface Reusable {
  /** Of what the image would be made; `null`: that is not known, so it is built. */
  readonly build_key: string | null;
  /** What there is instead of a build; `null`: nothing. */
  readonly reused: EventOf<"image_reused"> | null;
}

const nothing: Reusable = { build_key: null, reused: null };

/** Looks for an image that a build of this deployment would give, and keeps it for this deployment. */
export async function reuseImage(deps: WorkerDeps, row: Deployment, attempt: number): Promise<Reusable> {
  if (attempt > 1 || row.commit_hash === "") return nothing;
  const known = await keyOf(deps, row);
  if (known === null) return nothing;
  if (!row.build_cache) return { build_key: known.key, reused: null };
  const oldest = known.isPinned ? "" : plusSeconds(deps.now(), -baseImageSeconds);
  for (const candidate of await candidates(deps, row)) {
    const { id, image_digest, build_key, built_at, build_result } = candidate;
    const image_bytes = build_result?.image_bytes ?? null;
    if (build_key !== known.key || image_digest === null || built_at === null || built_at < oldest) continue;
    // With a tag of its own it stays, whatever is forgotten at this moment.
    if (!(await deps.images.adopt(row.app_id, image_digest, imageTag(row.id, 0)))) continue;
    return {
      build_key: known.key,
      reused: { type: "image_reused", attempt, image_digest, from: id, build_key, built_at, image_bytes },
    };
  }
  return { build_key: known.key, reused: null };
}

/** A host that does not say what a commit holds, or not now, is no reason not to build. */
async function keyOf(deps: WorkerDeps, { app_id, commit_hash: commit, settings }: Deployment) {
  try {
    const repository = { app_id, url: settings.repo_url, git_token: settings.git_token, commit };
    const source = await deps.sources.open(repository, deadlineMs);
    return source === null ? null : await buildKey(source, settings, deps.hash);
  } catch (error) {
    deps.logger.warn("What the commit holds is not known; it is built", { app_id, commit_hash: commit, error });
    return null;
  }
}

/** Deployments of the app whose images may be there: the kept releases, and the newest that never served. Newest first. */
async function candidates(deps: WorkerDeps, row: Deployment): Promise<readonly Deployment[]> {
  const query = { apps: [row.app_id], stage: null, limit: newest, before: row.id };
  const [kept, { deployments }] = await Promise.all([deps.records.list(row.app_id), deps.deployments.list(query)]);
  const built = deployments.filter(({ image_digest }) => image_digest !== null).map(({ id }) => id);
  const ids = [...new Set([...kept.map(({ deployment_id }) => deployment_id), ...built])].sort((a, b) => b - a);
  const rows = await Promise.all(ids.map((id) => deps.deployments.get(id)));
  return rows.filter((one) => one !== null);
}
