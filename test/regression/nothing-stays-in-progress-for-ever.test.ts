// dokploy#4461, copilot-cli#1180, copilot-cli#2041: stuck "in progress" for ever
import { expect, test } from "@jest/globals";
import { decide } from "../../lib/core/deployment/decide.ts";
import { someDeployment } from "../support/deployments.ts";

test("a poll after the stage's deadline ends the deployment and says which deadline passed", () => {
  const row = someDeployment({
    stage: "building",
    outbox: [],
    build: { attempt: 1, id: "b:1", running: true },
    deadline_at: "2026-01-01T01:00:00.000Z",
    next_poll_at: "2026-01-01T01:00:10.000Z",
  });
  const decision = decide(row, { type: "polled", due: "2026-01-01T01:00:10.000Z" }, "2026-01-01T01:00:11.000Z");
  expect(decision).toMatchObject({
    next: {
      ending: {
        stage: "failed",
        error_code: "deadline_exceeded",
        message: expect.stringContaining("still in building after 60 minutes"),
      },
    },
    effects: [{ type: "stop_build", attempt: 1 }],
  });
});
