import { expect, test } from "@jest/globals";
import { reportBuild } from "../../lib/api/builds.ts";
import { knownBuilds } from "../../lib/api/known-builds.ts";
import type { PushedImage } from "../../lib/core/images.ts";
import { someDeployment } from "../support/deployments.ts";
import { someImageAccess } from "../support/image-access.ts";
import { openAccess } from "../support/memory-github.ts";
import { workerDeps } from "../support/worker-deps.ts";

const reported = `sha256:${"a".repeat(64)}`;
const manifest = `sha256:${"b".repeat(64)}`;

/** What is kept of a build that reports a digest, where the registry has this under its tag. */
async function ended(pushed: PushedImage) {
  const worker = workerDeps();
  await worker.deployments.create(someDeployment({ id: 7, stage: "building" }));
  await worker.reports.open(7, 1, "ticket", worker.now());
  await worker.reports.claim(7, 1, "ticket", "token");
  const asked: unknown[] = [];
  const deps = {
    ...worker,
    access: openAccess,
    imageAccess: someImageAccess,
    repositoriesUri: "registry.example.com/slipway",
    repositoryReach: "public" as const,
    known: knownBuilds(),
    hash: (text: string) => text,
    pushedImage: async (...given: readonly unknown[]) => {
      asked.push(given);
      return pushed;
    },
  };
  const finished = {
    outcome: "succeeded",
    stage: "building",
    code: null,
    message: null,
    exit_code: 0,
    image_digest: reported,
  };
  await reportBuild(deps, "token", { deployment_id: 7, attempt: 1, first: 1, lines: [], finished });
  expect(asked).toEqual([[expect.any(Number), "deployment-7-build-1", reported]]);
  return (await worker.reports.get(7, 1))?.finished;
}

test("a build releases the digest by which the registry knows its image", async () => {
  const end = await ended({ outcome: "found", digest: manifest, bytes: 123 });
  expect(end).toMatchObject({ outcome: "succeeded", image_digest: manifest, image_bytes: 123 });
});

test.each<[string, PushedImage, RegExp]>([
  [
    "no image",
    { outcome: "absent" },
    /but the registry has no image under its tag deployment-7-build-1\. Deploy again/,
  ],
  ["another image", { outcome: "differs", digest: manifest }, /the registry has the image sha256:b+ under its tag/],
])("a build fails where the registry has %s under its tag", async (_, pushed, words) => {
  const end = await ended(pushed);
  expect(end).toMatchObject({ outcome: "failed", stage: "building", code: "push_failed", image_digest: null });
  expect(end?.message).toMatch(words);
});
