// the original: stop, then start, so it was down during every deployment; coolify#8627, coolify#7313: 502s while switching
import { expect, test } from "@jest/globals";
import { decide } from "../../lib/core/deployment/decide.ts";
import { unknownRelease } from "../../lib/core/deployment/draft.ts";
import type { ReleaseSeen } from "../../lib/core/deployment/event.ts";
import { someDeployment } from "../support/deployments.ts";

const now = "2026-01-01T00:01:00.000Z";
const row = someDeployment({
  stage: "deploying",
  progress: 80,
  image_digest: "sha256:abc",
  outbox: [],
  release: { ...unknownRelease, task_definition: "task:7", load_balancer_url: null },
});
const seen = (state: ReleaseSeen["state"], restored = false): ReleaseSeen => ({
  type: "release_seen",
  state,
  healthy: state === "succeeded" ? 1 : 0,
  desired: 1,
  traffic: state === "succeeded" ? 100 : 0,
  baking: false,
  paused: false,
  reason: null,
  alarm: null,
  printed: null,
  trouble: null,
  unhealthy: null,
  exit_code: null,
  restored,
});
const enqueues = (event: ReleaseSeen): readonly string[] => {
  const decision = decide(row, event, now);
  return "next" in decision ? decision.effects.map(({ type }) => type) : [];
};

test("while the new version starts, nothing is stopped and nothing is live but what was", () => {
  expect(enqueues(seen("in_progress"))).toEqual([]);
});

test("only a release that its source calls successful becomes the live one", () => {
  expect(enqueues(seen("succeeded"))).toContain("record_release");
  expect(enqueues(seen("failed", true))).not.toContain("record_release");
});

test("where the earlier one was put back, it is not stopped with the new one", () => {
  expect(enqueues(seen("failed", true))).not.toContain("stop_release");
  expect(enqueues(seen("failed", false))).toContain("stop_release");
});
