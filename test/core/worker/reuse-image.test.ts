import { describe, expect, test } from "@jest/globals";
import type { Deployment } from "../../../lib/core/deployment/deployment.ts";
import { imageTag } from "../../../lib/core/images.ts";
import type { Source } from "../../../lib/core/ports/git.ts";
import { reuseImage } from "../../../lib/core/worker/reuse-image.ts";
import { someDeployment } from "../../support/deployments.ts";
import { memoryImages } from "../../support/memory-stores.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const digest = (n: number): string => `sha256:${String(n).padStart(64, "0")}`;
const sourceOf = (dockerfile: string): Source => ({
  entries: [{ path: "Dockerfile", mode: "100644", hash: dockerfile }],
  read: async () => dockerfile,
});

/** An app whose deployments before the one that is asked for were these. */
async function setUp(earlier: readonly Partial<Deployment>[], dockerfile = "FROM node:24\n") {
  const images = new Map<string, readonly string[]>();
  const base = workerDeps({ images: memoryImages(new Map([[1, images]])) });
  let source: () => Promise<Source | null> = async () => sourceOf(dockerfile);
  const deps = { ...base, sources: { open: () => source() } };
  const row = someDeployment({ id: 50, app_id: 1, commit_hash: "c".repeat(40), image_digest: null });
  const key = (await reuseImage(deps, row, 1)).build_key;
  for (const change of earlier) {
    const one = someDeployment({ app_id: 1, build_key: key, built_at: deps.now(), stage: "success", ...change });
    await deps.deployments.create(one);
    if (one.image_digest !== null) images.set(one.image_digest, [imageTag(one.id, 1)]);
    const { app_id, commit_hash, id: deployment_id, image_digest } = one;
    const release = { app_id, commit_hash, deployment_id, image_digest: image_digest ?? "", released_at: deps.now() };
    if (one.stage === "success") await deps.records.record(release, 10);
  }
  return {
    images,
    key,
    reuse: (change: Partial<Deployment> = {}, attempt = 1) => reuseImage(deps, { ...row, ...change }, attempt),
    answer: (open: typeof source) => {
      source = open;
    },
  };
}

describe("an image is reused", () => {
  test("of the newest deployment that was built of the same, and kept for the new one", async () => {
    const { reuse, images, key } = await setUp([
      { id: 3, image_digest: digest(3) },
      { id: 4, image_digest: digest(4) },
      { id: 5, image_digest: digest(5), build_key: "another" },
    ]);
    expect((await reuse()).reused).toMatchObject({ image_digest: digest(4), from: 4, build_key: key, attempt: 1 });
    expect(images.get(digest(4))).toEqual([imageTag(4, 1), imageTag(50, 0)]);
    expect((await reuse()).reused).toMatchObject({ image_digest: digest(4) });
  });

  test("of one that failed when it was released, too", async () => {
    const { reuse } = await setUp([{ id: 4, image_digest: digest(4), stage: "failed" }]);
    expect((await reuse()).reused).toMatchObject({ image_digest: digest(4) });
  });

  test("for a day, and for ever where all base images are named by their digests", async () => {
    const old = { id: 4, image_digest: digest(4), built_at: "2000-01-01T00:00:00Z" };
    expect((await (await setUp([old])).reuse()).reused).toBeNull();
    expect((await (await setUp([old], `FROM node@${digest(1)}\n`)).reuse()).reused).toMatchObject({ from: 4 });
  });
});

describe("an image is built", () => {
  test("where the one that there was is gone", async () => {
    const { reuse, images } = await setUp([{ id: 4, image_digest: digest(4) }]);
    images.clear();
    expect(await reuse()).toEqual({ build_key: expect.any(String), reused: null });
  });

  test("where the cache is not to be used, at a second attempt, and where the commit is not known", async () => {
    const { reuse, key } = await setUp([{ id: 4, image_digest: digest(4) }]);
    expect(await reuse({ build_cache: false })).toEqual({ build_key: key, reused: null });
    expect(await reuse({}, 2)).toEqual({ build_key: null, reused: null });
    expect(await reuse({ commit_hash: "" })).toEqual({ build_key: null, reused: null });
  });

  test("where the host does not say what the commit holds, or breaks off", async () => {
    const { reuse, answer } = await setUp([{ id: 4, image_digest: digest(4) }]);
    const nothing = { build_key: null, reused: null };
    answer(async () => null);
    expect(await reuse()).toEqual(nothing);
    answer(async () => Promise.reject(new Error("It broke off.")));
    expect(await reuse()).toEqual(nothing);
    answer(async () => ({ ...sourceOf("x"), read: async () => Promise.reject(new Error("It broke off.")) }));
    expect(await reuse()).toEqual(nothing);
  });
});
