import { expect, test } from "@jest/globals";
import { unknownRelease } from "../../../lib/core/deployment/draft.ts";
import type { Releases } from "../../../lib/core/ports/releases.ts";
import { forgetDefinitions } from "../../../lib/core/worker/forget-definitions.ts";
import { someDeployment } from "../../support/deployments.ts";
import { workerDeps } from "../../support/worker-deps.ts";

/** An app whose deployments each registered the task definition of their number. */
async function depsWith(...rows: ReturnType<typeof someDeployment>[]) {
  const given: string[] = [];
  const releases: Releases = {
    ...workerDeps().releases,
    definitions: async () => rows.map(({ id }) => String(id)),
    forget: async (_app, definitions, isUnderWay) => {
      for (const each of definitions) if (!(await isUnderWay(Number(each)))) given.push(each);
      return given;
    },
  };
  const deps = workerDeps({ releases });
  for (const row of rows) await deps.deployments.create(row);
  return { deps, given };
}

const justNow = "2026-01-01T00:00:00.000Z";
const released = (id: number) =>
  someDeployment({
    id,
    stage: "success",
    finished_at: justNow,
    release: { ...unknownRelease, running: false, task_definition: String(id), load_balancer_url: null },
  });
const unconfirmed = (id: number) =>
  someDeployment({ id, stage: "cancelled", finished_at: justNow, outbox: [{ type: "confirm_stopped" }] });

test("what a release registered that ended a moment ago and is kept no more is given up: nobody comes back for it", async () => {
  const { deps, given } = await depsWith(released(1), released(2));
  await deps.records.record(
    { app_id: 1, deployment_id: 2, image_digest: "sha256:2", commit_hash: "", released_at: justNow },
    1,
  );
  await forgetDefinitions(deps, 1, {});
  expect(given).toEqual(["1"]);
});

test("what one under way registered, and one that has not confirmed yet that it stopped, stays until it does", async () => {
  const { deps, given } = await depsWith(someDeployment({ id: 1 }), unconfirmed(2), unconfirmed(3));
  await forgetDefinitions(deps, 1, {});
  expect(given).toEqual([]);
  await forgetDefinitions(deps, 1, { confirmed: 3 });
  expect(given).toEqual(["3"]);
});

test("what becomes live while it is decided stays", async () => {
  const { deps, given } = await depsWith(released(1), someDeployment({ id: 2 }));
  const record = { app_id: 1, deployment_id: 2, image_digest: "sha256:2", commit_hash: "", released_at: justNow };
  const get = async (id: number) => {
    if (id !== 2) return deps.deployments.get(id);
    await deps.records.record(record, 1);
    return released(2);
  };
  await forgetDefinitions({ ...deps, deployments: { ...deps.deployments, get } }, 1, {});
  expect(given).toEqual(["1"]);
});
