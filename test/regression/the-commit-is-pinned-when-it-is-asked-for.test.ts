// the original: it cloned the branch's head, not the commit of the push
import { expect, test } from "@jest/globals";
import { claimBuild } from "../../lib/api/builds.ts";
import { handle } from "../../lib/api/handle.ts";
import { knownBuilds } from "../../lib/api/known-builds.ts";
import { apiDeps } from "../support/api-deps.ts";
import { someApp } from "../support/deployments.ts";
import { someImageAccess } from "../support/image-access.ts";
import { openAccess } from "../support/memory-github.ts";
import { workerDeps } from "../support/worker-deps.ts";

const ask = (body: unknown) => ({
  method: "POST",
  path: "/api/deployments",
  query: {},
  headers: {},
  body: JSON.stringify(body),
  principal: { id: "token#9", name: "ada", role: "admin" as const, apps: null },
  csrf: null,
  address: "192.0.2.1",
});

test("the head at the moment of asking is what the build clones, wherever the branch moves", async () => {
  const { deps, kept } = apiDeps();
  kept.apps.set(1, someApp());
  await handle(deps, ask({ appId: 1 }));
  const [row] = kept.deployments.values();
  if (row === undefined) throw new Error("There is no deployment.");
  expect(row.commit_hash).toBe("a".repeat(40));

  const worker = workerDeps();
  await worker.deployments.create(row);
  const { ticket } = await worker.reports.open(row.id, 1, "ticket", worker.now());
  const image = {
    imageAccess: someImageAccess,
    repositoriesUri: "registry.example.com/slipway",
    pushedImage: async () => ({ outcome: "absent" as const }),
    repositoryReach: "public" as const,
    known: knownBuilds(),
  };
  const builds = { ...worker, access: openAccess, ...image, hash: (text: string) => text };
  const order = { deployment_id: row.id, attempt: 1, ticket, token: "b".repeat(64) };
  expect(await claimBuild(builds, order)).toMatchObject({ body: { data: { clone: { commit: "a".repeat(40) } } } });
});
