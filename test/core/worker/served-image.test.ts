import { expect, test } from "@jest/globals";
import { presentDeployment } from "../../../lib/api/present.ts";
import { decide } from "../../../lib/core/deployment/decide.ts";
import { servedImageBytes } from "../../../lib/core/worker/served-image.ts";
import { someDeployment } from "../../support/deployments.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const result = (image_bytes: number | null) => ({ outcome: "built" as const, steps: [], image_bytes });

test("the image that serves is that of the live release, or what it was rolled back to", async () => {
  const deps = workerDeps();
  expect(await servedImageBytes(deps, { live_before: null })).toBeNull();
  expect(await servedImageBytes(deps, { live_before: 3 })).toBeNull();
  await deps.deployments.create(someDeployment({ id: 1, build_result: result(1000) }));
  await deps.deployments.create(someDeployment({ id: 2, rollback_of: 1 }));
  await deps.deployments.create(someDeployment({ id: 3, rollback_of: 2 }));
  expect(await servedImageBytes(deps, { live_before: 3 })).toBe(1000);
});

test("a deployment shows by how much its image differs from the one that served when it was begun", () => {
  const building = someDeployment({ outbox: [{ type: "start_build", attempt: 1 }], enqueued: ["start_build#1"] });
  const started = decide(
    building,
    { type: "build_started", attempt: 1, build_id: "b", served_image_bytes: 1000 },
    "2026-01-01T00:00:01.000Z",
  );
  if (!("next" in started)) throw new Error(started.ignored);
  const shown = (change: object) => presentDeployment({ ...started.next, ...change }).build?.image_bytes_change;
  expect(shown({ build_result: result(1500) })).toBe(500);
  expect(shown({ build_result: result(null) })).toBeNull();
  expect(shown({ build_result: result(1500), served_image_bytes: null })).toBeNull();
  expect(shown({ build_result: null })).toBeUndefined();
});
