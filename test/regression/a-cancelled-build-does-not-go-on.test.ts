// coolify#5850: a cancelled build went on
import { expect, test } from "@jest/globals";
import { decide } from "../../lib/core/deployment/decide.ts";
import { someDeployment } from "../support/deployments.ts";

const now = "2026-01-01T00:01:00.000Z";

test("a build whose start came through after the cancellation is stopped, even when the deployment has ended", () => {
  const row = someDeployment({
    stage: "cancelled",
    finished_at: now,
    log_complete: true,
    outbox: [],
    next_poll_at: null,
  });
  const decision = decide(row, { type: "build_started", attempt: 1, build_id: "b:9" }, now);
  expect(decision).toMatchObject({
    next: { stage: "cancelled" },
    effects: [{ type: "stop_orphaned_build", build_id: "b:9" }],
  });
});
