import { expect, test } from "@jest/globals";
import { decide } from "../../../lib/core/deployment/decide.ts";
import type { Deployment } from "../../../lib/core/deployment/deployment.ts";
import { carryOut } from "../../../lib/core/worker/carry-out.ts";
import { someDeployment } from "../../support/deployments.ts";
import { workerDeps } from "../../support/worker-deps.ts";

test("a build that waits for a slot asks once what its commit holds and how large the image is that serves", async () => {
  const asked: string[] = [];
  const noted = <Value>(what: string, value: Value): Value => {
    asked.push(what);
    return value;
  };
  const base = workerDeps({ maxConcurrentBuilds: 1 });
  const deps = {
    ...base,
    sources: { open: async () => noted("commit", null) },
    deployments: {
      ...base.deployments,
      get: async (id: number) =>
        id === 3
          ? noted("served", someDeployment({ id: 3, build_result: { outcome: "built", steps: [], image_bytes: 1000 } }))
          : base.deployments.get(id),
    },
    builds: { ...base.builds, start: async () => ({ outcome: "started" as const, build_id: "b:1" }) },
  };
  await deps.buildSlots.replace({
    ...(await deps.buildSlots.get()),
    running: [{ deployment_id: 9, attempt: 1 }],
    version: 1,
  });
  const effect = { type: "start_build", attempt: 1 } as const;
  let row: Deployment = someDeployment({
    id: 7,
    commit_hash: "c".repeat(40),
    outbox: [effect],
    enqueued: ["start_build#1"],
    live_before: 3,
  });
  const turn = async (): Promise<void> => {
    for (const event of await carryOut(deps, row, effect, async () => undefined)) {
      const decision = decide(row, event, deps.now());
      if ("next" in decision) row = decision.next;
    }
  };
  for (let time = 0; time < 3; time += 1) await turn();
  expect(row).toMatchObject({ stage: "pending", message: expect.stringContaining("1 of 1") });
  expect(asked).toEqual(["commit", "served"]);
  await deps.buildSlots.replace({ running: [], waiting: [], version: (await deps.buildSlots.get()).version + 1 });
  await turn();
  expect(row).toMatchObject({ stage: "cloning", served_image_bytes: 1000, build_key: null });
  expect(asked).toEqual(["commit", "served"]);
});
