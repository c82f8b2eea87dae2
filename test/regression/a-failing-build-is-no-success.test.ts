// the original: its image step dropped the exit code, so a failing `docker build` counted as success and the live container was deleted
import { expect, test } from "@jest/globals";
import { decide } from "../../lib/core/deployment/decide.ts";
import { someDeployment } from "../support/deployments.ts";

test("a build that ends with an exit code fails the deployment, and nothing of the live release is touched", () => {
  const row = someDeployment({ stage: "building", outbox: [], build: { attempt: 1, id: "b:1", running: true } });
  const finished = {
    outcome: "failed",
    stage: "building",
    code: "build_failed",
    message: "Docker build failed with exit code 7",
    exit_code: 7,
    image_digest: null,
  } as const;
  const seen = {
    type: "build_seen",
    attempt: 1,
    cloned: null,
    step: null,
    finished,
    status: null,
    detail: null,
  } as const;
  const decision = decide(row, seen, "2026-01-01T00:01:00.000Z");
  if (!("next" in decision)) throw new Error(decision.ignored);
  expect(decision.next.ending).toMatchObject({ stage: "failed", exit_code: 7 });
  expect(decision.effects.map((effect) => effect.type)).toEqual(["free_build_slot", "write_line", "seal_log"]);
});
