import {
  ConflictException,
  DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { sandboxHere } from "../../support/sandbox.ts";
import { temporaryDirectory } from "../support/files.ts";
import { eventually } from "../support/wait.ts";
import { type Cloud, define, makeImage, startCloud } from "./start-ecs.ts";

let home: ReturnType<typeof temporaryDirectory>;
let cloud: Cloud;
let definition: string;

beforeAll(async () => {
  home = temporaryDirectory();
  const image = makeImage(home.path);
  cloud = await startCloud(home.path, await sandboxHere());
  definition = await define(cloud.ecs, image, { version: "one", stopSeconds: 2 });
});
afterAll(async () => {
  await cloud.close();
  home.remove();
});

const run = (clientToken: string, command: readonly string[], startedBy = "run-1") =>
  cloud.ecs.send(
    new RunTaskCommand({
      cluster: "slipway",
      taskDefinition: definition,
      launchType: "FARGATE",
      clientToken,
      startedBy,
      overrides: {
        containerOverrides: [{ name: "app", command: [...command], environment: [{ name: "VERSION", value: "two" }] }],
      },
    }),
  );
const see = async (task: string) =>
  (await cloud.ecs.send(new DescribeTasksCommand({ cluster: "slipway", tasks: [task] }))).tasks?.[0];
const arnOf = ({ tasks = [] }: { tasks?: { taskArn?: string | undefined }[] | undefined }) => tasks[0]?.taskArn ?? "";

test("a task runs once with its own command and variables, and ends with its exit code", async () => {
  const task = arnOf(await run("a", ["node", "-e", "process.exit(process.env.VERSION === 'two' ? 7 : 1)"]));
  const stopped = await eventually(async () => {
    const now = await see(task);
    if (now?.lastStatus !== "STOPPED") throw new Error(`It is ${now?.lastStatus}.`);
    return now;
  });
  expect(stopped).toMatchObject({ stopCode: "EssentialContainerExited", group: "family:app-1", startedBy: "run-1" });
  expect(stopped.containers?.[0]?.exitCode).toBe(7);
});

test("the same call is answered with the same task, another one with the same token is refused", async () => {
  const first = arnOf(await run("b", ["node", "app.mjs"], "run-2"));
  expect(arnOf(await run("b", ["node", "app.mjs"], "run-2"))).toBe(first);
  await expect(run("b", ["node", "other.mjs"], "run-2")).rejects.toThrow(ConflictException);
  const listed = await cloud.ecs.send(new ListTasksCommand({ cluster: "slipway", startedBy: "run-2" }));
  expect(listed.taskArns).toEqual([first]);
  await eventually(async () => expect((await see(first))?.lastStatus).toBe("RUNNING"), 60_000);
  await cloud.ecs.send(new StopTaskCommand({ cluster: "slipway", task: first, reason: "enough" }));
  await eventually(async () => expect((await see(first))?.lastStatus).toBe("STOPPED"), 60_000);
  expect(await see(first)).toMatchObject({ stopCode: "UserInitiated", stoppedReason: "enough" });
  // The first process of a container gets no SIGTERM before it has a handler for it: then SIGKILL ends it.
  expect([0, 137, 143]).toContain((await see(first))?.containers?.[0]?.exitCode);
});

test("what is not there is refused", async () => {
  const stop = cloud.ecs.send(new StopTaskCommand({ cluster: "slipway", task: "absent" }));
  await expect(stop).rejects.toThrow("not found");
  const absent = cloud.ecs.send(new RunTaskCommand({ cluster: "slipway", taskDefinition: "absent:1" }));
  await expect(absent).rejects.toThrow();
});
