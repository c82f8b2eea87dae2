// What serves an app is one thing, how its last deployment went another.
import { expect, test } from "@jest/globals";
import { exampleDeployment } from "../../lib/api/openapi/examples.ts";
import { standingOf } from "../../lib/dashboard/apps/standing.ts";

const live = { ...exampleDeployment, id: 3, stage: "success" as const, status: "success" as const };
const later = { ...exampleDeployment, id: 4 };
const failed = { ...later, stage: "failed" as const, failed_stage: "deploying" as const };
const app = { live_deployment_id: 3 };

test("a failed release leaves the one before in its place", () => {
  const { serving, last } = standingOf(app, live, { ...failed, rolled_back: true });
  expect(serving).toEqual({ id: 3, deployment: live });
  expect(last).toMatchObject({ deployment: { id: 4 }, outcome: "failed and was rolled back", tone: "danger" });
});

test("a failed build says where it failed, and nothing of a rollback", () => {
  const { last } = standingOf(app, live, { ...failed, failed_stage: "building" });
  expect(last?.outcome).toBe("failed while building");
});

test("a deployment under way does not change what serves", () => {
  const { serving, last } = standingOf(app, live, later);
  expect(serving?.id).toBe(3);
  expect(last).toMatchObject({ outcome: "is building (58%)", tone: "working" });
});

test("the deployment that serves is not reported twice", () => {
  expect(standingOf(app, live, live).last).toBeNull();
});

test("an app that was never live says so, whatever was deployed", () => {
  const { serving, last } = standingOf({ live_deployment_id: null }, null, failed);
  expect(serving).toBeNull();
  expect(last?.deployment.id).toBe(4);
});

test("what is not known yet is not made up", () => {
  expect(standingOf(app, undefined, undefined)).toEqual({
    serving: { id: 3, deployment: undefined },
    last: undefined,
  });
});
