import { ListTasksCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ReleasesOptions } from "../../lib/adapters/ecs/options.ts";
import { awsRunTasks } from "../../lib/adapters/ecs/run-tasks.ts";
import type { RunTasks } from "../../lib/core/ports/runs.ts";
import { requestRun } from "../../lib/core/run/decide.ts";
import type { Run } from "../../lib/core/run/run.ts";
import { type Cloud, define, makeImage, startCloud } from "../local-aws/ecs/start-ecs.ts";
import { temporaryDirectory } from "../local-aws/support/files.ts";
import { eventually } from "../local-aws/support/wait.ts";
import { sandboxHere } from "../support/sandbox.ts";
import { freshId } from "./ports.ts";

const options: ReleasesOptions = {
  installation: "slipway",
  namePrefix: "slipway-1",
  cluster: "slipway",
  repositoriesUri: "",
  taskExecutionRoleArn: "",
  taskRoleArn: "",
  appRolesArn: "",
  infrastructureRoleArn: "",
  appLogGroup: "",
  vpcId: "",
  subnetIds: ["subnet-1"],
  loadBalancerSecurityGroupId: "",
  taskNetwork: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"], hasPublicAddress: true },
  secretsPrefix: "",
  region: "eu-west-1",
  appUrl: "",
  domain: null,
  privateNames: null,
};

let home: ReturnType<typeof temporaryDirectory>;
let cloud: Cloud;
let runTasks: RunTasks;
let definition: string;

beforeAll(async () => {
  home = temporaryDirectory();
  const image = makeImage(home.path);
  cloud = await startCloud(home.path, await sandboxHere());
  definition = await define(cloud.ecs, image, { version: "one" });
  runTasks = awsRunTasks(cloud.ecs, options);
});
afterAll(async () => {
  await cloud?.close();
  home.remove();
});

const someRun = (command: string[]): Run =>
  requestRun(
    {
      id: freshId(),
      app_id: 1,
      deployment_id: 7,
      process: "web",
      command,
      trigger: "cron",
      cron: "nightly",
      scheduled_at: "2026-01-01T03:00:00.000Z",
      actor: "Slipway",
      actor_id: null,
      timeout_minutes: 60,
      task_definition: definition,
    },
    "2026-01-01T03:00:00.000Z",
  );
const started = async (run: Run): Promise<string> => {
  const start = await runTasks.start(run);
  if (start.outcome !== "started") throw new Error(start.message);
  return start.task;
};
const stopped = (task: string) =>
  eventually(async () => {
    const seen = await runTasks.see(task);
    if (seen.state !== "stopped") throw new Error(`It is ${seen.state}.`);
    return seen;
  });

test("a task is started once for each attempt, and found by its run, also when it is over", async () => {
  const script = "process.exit(process.env.SLIPWAY_CRON === 'nightly' && process.env.SLIPWAY_SCHEDULED_AT ? 7 : 1)";
  const run = someRun(["node", "-e", script]);
  expect(await runTasks.find(run)).toBeNull();
  const task = await started(run);
  expect(await started(run)).toBe(task);
  expect(await stopped(task)).toMatchObject({ exit_code: 7 });
  expect(await runTasks.find(run)).toBe(task);
  expect(await runTasks.find(someRun(["true"]))).toBeNull();
});

test("a task that runs is found, and stops when it is asked to", async () => {
  const run = someRun(["node", "app.mjs"]);
  const task = await started(run);
  expect(await runTasks.find(run)).toBe(task);
  await runTasks.stop(task, "enough");
  await stopped(task);
  await runTasks.stop(task, "again");
});

test("the local ECS takes no other filter beside who started a task, as ECS does not", async () => {
  const asked = new ListTasksCommand({ cluster: "slipway", startedBy: "run-1", desiredStatus: "STOPPED" });
  await expect(cloud.ecs.send(asked)).rejects.toThrow("only filter");
});
