// What ECS runs while an earlier release is put back, with ECS simulated.
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { Route53Client } from "@aws-sdk/client-route-53";
import { beforeEach, expect, test } from "@jest/globals";
import { awsReleases } from "../../../lib/adapters/ecs/releases.ts";
import type { Releases } from "../../../lib/core/ports/releases.ts";
import { someSettings } from "../../support/deployments.ts";
import { memoryPlacements } from "../../support/memory-stores.ts";
import { Ecs, simulatedReleases } from "../../support/simulate/ecs.ts";
import { Surroundings } from "../../support/simulate/load-balancing.ts";

type Send = (command: string, input: unknown) => unknown;

function over<T extends object>(prototype: T, send: Send): T {
  const client = { send: async (command: { input: unknown }) => send(command.constructor.name, command.input) };
  return Object.assign(Object.create(prototype) as T, client);
}

const app = 1;
const sick = 9;
let releases: Releases;
let ecs: Ecs;
let due: { readonly at: number; readonly run: () => void }[];
let time: number;

/** Until nothing is due any more. */
function settle(): void {
  for (let next = due[0]; next !== undefined; next = due[0]) {
    due = due.filter((one) => one !== next);
    time = Math.max(time, next.at);
    next.run();
  }
}

beforeEach(() => {
  due = [];
  time = 0;
  ecs = new Ecs({
    time: () => time,
    after: (milliseconds, run) => {
      due = [...due, { at: time + milliseconds, run }].toSorted((one, other) => one.at - other.at);
    },
    fateOf: (id) => ({ outcome: id === sick ? "failed" : "succeeded", seconds: 5 }),
    changed: () => {},
    began: () => {},
  });
  const { send } = new Surroundings();
  releases = awsReleases(
    {
      ecs: over(ECSClient.prototype, ecs.send),
      elb: over(ElasticLoadBalancingV2Client.prototype, send),
      records: over(Route53Client.prototype, send),
      placements: memoryPlacements(),
      logs: over(CloudWatchLogsClient.prototype, send),
      cloudWatch: over(CloudWatchClient.prototype, send),
      scaling: over(ApplicationAutoScalingClient.prototype, send),
      redactionFor: async () => (line) => line,
    },
    simulatedReleases,
  );
});

const orderOf = (deployment_id: number) => ({
  deployment_id,
  app_id: app,
  commit_hash: "c".repeat(40),
  image_digest: "sha256:1",
  settings: someSettings(),
});

async function started(id: number): Promise<string> {
  const start = await releases.start(orderOf(id));
  if (start.outcome !== "started") throw new Error(`It is ${start.outcome}.`);
  return start.task_definition;
}

async function released(id: number): Promise<string> {
  const taskDefinition = await started(id);
  settle();
  return taskDefinition;
}

test("the next release waits until the earlier one is back: if it fails, ECS goes back to that one", async () => {
  const live = await released(1);
  await released(2);
  expect(await releases.undo(orderOf(2), null, live)).toBe("stopping");
  expect(await releases.start(orderOf(sick))).toEqual({ outcome: "waiting" });
  settle();
  expect(ecs.serving(app)).toBe(1);
  await released(sick);
  expect(ecs.serving(app)).toBe(1);
});

test("a release that must not run is taken back, also where ECS went back to it when the next one failed", async () => {
  const live = await released(1);
  await released(2);
  await released(sick);
  expect(ecs.serving(app)).toBe(2);
  expect(await releases.undo(orderOf(2), null, live)).toBe("stopping");
  settle();
  expect(ecs.serving(app)).toBe(1);
  expect(await releases.undo(orderOf(2), null, live)).toBe("absent");
});

test("it is removed there as well where nothing was live before it", async () => {
  await released(2);
  await released(sick);
  expect(ecs.serving(app)).toBe(2);
  expect(await releases.undo(orderOf(2), null, null)).toBe("stopping");
  settle();
  expect(ecs.serving(app)).toBe(null);
});
