import { expect, test } from "@jest/globals";
import { decide } from "../../lib/core/deployment/decide.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import type { DeploymentEvent } from "../../lib/core/deployment/event.ts";
import { someDeployment } from "../support/deployments.ts";

const now = "2026-01-01T00:00:10.000Z";
const silent: DeploymentEvent = { type: "repository_unreachable", message: "git.example.com does not answer." };

function after(row: Deployment, event: DeploymentEvent): Deployment {
  const decision = decide(row, event, now);
  if ("ignored" in decision) throw new Error(decision.ignored);
  return decision.next;
}

const resolving = (): Deployment =>
  someDeployment({
    outbox: [{ type: "resolve_commit" }],
    enqueued: ["enter_lane", "resolve_commit"],
    next_poll_at: "2026-01-01T00:00:15.000Z",
  });

test("a Git host that does not answer is told at once, with when it is asked again", () => {
  const next = after(resolving(), silent);
  const sentence = "git.example.com does not answer. Next try at 00:00:15 UTC (1 of 8 failed).";
  expect(next).toMatchObject({ stage: "pending", message: sentence });
  expect(next.outbox).toContainEqual(expect.objectContaining({ type: "write_line", line: sentence }));
});

test("a next try that has come due meanwhile is no time in the past", () => {
  const next = after({ ...resolving(), next_poll_at: "2026-01-01T00:00:09.000Z" }, silent);
  expect(next.message).toBe("git.example.com does not answer. The next try follows (1 of 8 failed).");
});

test("once it answers, nothing says so any more", () => {
  const resolved: DeploymentEvent = { type: "commit_resolved", commit: "a".repeat(40), message: "Fix" };
  expect(after(after(resolving(), silent), resolved).message).toBe("Waiting in queue");
});

test("what is not tried again promises no next try", () => {
  let row = resolving();
  for (let times = 0; times < 8; times++) row = after(row, silent);
  expect(row).toMatchObject({ ending: expect.objectContaining({ stage: "failed" }) });
  expect(row.message).not.toContain("Next try");
  expect(row.ending).toMatchObject({ message: expect.stringMatching(/deploy again when its server answers\.$/) });
});
