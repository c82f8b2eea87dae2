import { DescribeTasksCommand, RunTaskCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { unwatchedStorage } from "@slipway/local-aws/kernel/storage";
import { sandboxHere } from "../../support/sandbox.ts";
import { temporaryDirectory } from "../support/files.ts";
import { eventually } from "../support/wait.ts";
import { type Cloud, define, makeImage, startCloud } from "./start-ecs.ts";

let home: ReturnType<typeof temporaryDirectory>;
let cloud: Cloud;
let definition: string;
let disk = Promise.withResolvers<void>();
/** How many tasks waited for the disk so far. */
let waited = 0;

beforeAll(async () => {
  home = temporaryDirectory();
  const image = makeImage(home.path);
  const writable = () => {
    waited += 1;
    return disk.promise;
  };
  cloud = await startCloud(home.path, await sandboxHere(), 0, { ...unwatchedStorage(), writable });
  definition = await define(cloud.ecs, image, { version: "one" });
});
afterAll(() => home.remove());

async function run(): Promise<string> {
  const { tasks = [] } = await cloud.ecs.send(
    new RunTaskCommand({ cluster: "slipway", taskDefinition: definition, launchType: "FARGATE" }),
  );
  return tasks[0]?.taskArn ?? "";
}
const statusOf = async (task: string) =>
  (await cloud.ecs.send(new DescribeTasksCommand({ cluster: "slipway", tasks: [task] }))).tasks?.[0]?.lastStatus;

test("tasks wait for a disk that is full, and are not waited for at the end", async () => {
  const task = await run();
  await eventually(() => expect(waited).toBe(1));
  expect(await statusOf(task)).toBe("PROVISIONING");
  disk.resolve();
  await eventually(async () => expect(await statusOf(task)).toBe("RUNNING"), 60_000);
  disk = Promise.withResolvers();
  const other = await run();
  await eventually(() => expect(waited).toBe(2));
  expect(await statusOf(other)).toBe("PROVISIONING");
  await cloud.close();
});
