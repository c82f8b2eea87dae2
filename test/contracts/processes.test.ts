import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ListServicesCommand } from "@aws-sdk/client-ecs";
import { Route53Client } from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { awsProcesses } from "../../lib/adapters/ecs/processes.ts";
import { awsReleases } from "../../lib/adapters/ecs/releases.ts";
import { awsAppTasks } from "../../lib/adapters/ecs/tasks.ts";
import type { Process } from "../../lib/core/app.ts";
import type { ProcessSeen } from "../../lib/core/deployment/event.ts";
import type { Processes } from "../../lib/core/ports/processes.ts";
import type { ReleaseOrder } from "../../lib/core/ports/releases.ts";
import { plusSeconds } from "../../lib/core/time.ts";
import { type Cloud, makeImage, startCloud } from "../local-aws/ecs/start-ecs.ts";
import { temporaryDirectory } from "../local-aws/support/files.ts";
import { eventually } from "../local-aws/support/wait.ts";
import { someSettings } from "../support/deployments.ts";
import { memoryPlacements } from "../support/memory-stores.ts";
import { sandboxHere } from "../support/sandbox.ts";
import { installed } from "./installed.ts";
import { freshId } from "./ports.ts";

const options = { ...installed, namePrefix: "slipway-1" };

let home: ReturnType<typeof temporaryDirectory>;
let cloud: Cloud;
let image: string;
let logs: CloudWatchLogsClient;
let processes: Processes;
let appOf: (arn: string) => number | null;

beforeAll(async () => {
  home = temporaryDirectory();
  image = makeImage(home.path);
  cloud = await startCloud(home.path, await sandboxHere());
  logs = new CloudWatchLogsClient(cloud.sdk);
  const clients = {
    ecs: cloud.ecs,
    elb: cloud.elb,
    records: new Route53Client(cloud.sdk),
    placements: memoryPlacements(),
    logs,
    cloudWatch: cloud.cloudWatch,
    scaling: new ApplicationAutoScalingClient(cloud.sdk),
    redactionFor: async () => (line: string) => line.replace("hunter2", "…"),
  };
  processes = awsProcesses(clients, options);
  appOf = awsReleases(clients, options).appOf;
});

afterAll(async () => {
  logs?.destroy();
  await cloud?.close();
  home.remove();
});

const says = 'console.log(process.env.SLIPWAY_PROCESS + " on " + process.env.PORT + ", password hunter2");';
const stays = "setInterval(() => {}, 1000);";
const runs = (name: string, change: Partial<Process> = {}, script = `${says} ${stays}`): Process => ({
  name,
  command: ["node", "-e", script],
  instances: 1,
  cpu: null,
  memory: null,
  stop_seconds: 2,
  order: "after",
  ...change,
});

const orderOf = (app_id: number, ...all: readonly Process[]): ReleaseOrder => ({
  deployment_id: freshId(),
  app_id,
  commit_hash: "c".repeat(40),
  image_digest: image,
  settings: someSettings({ name: `app-${app_id}`, processes: [...all] }),
});
const namesOf = ({ settings }: ReleaseOrder): string[] => settings.processes.map(({ name }) => name);

/** Has them started; answers their task definitions. */
async function started(order: ReleaseOrder): Promise<Readonly<Record<string, string>>> {
  const start = await eventually(async () => {
    const answer = await processes.start(order, namesOf(order));
    if (answer.outcome !== "started") throw new Error(`It is ${answer.outcome}.`);
    return answer;
  });
  return start.task_definitions;
}

const becomes = (order: ReleaseOrder, name: string, is: (seen: ProcessSeen) => boolean) =>
  eventually(async () => {
    const [seen] = await processes.see(order, [name]);
    if (seen === undefined || !is(seen)) throw new Error(`It is ${JSON.stringify(seen)}.`);
    return seen;
  });
const runsAlone = ({ task_definition, running_since, others, desired }: ProcessSeen) =>
  task_definition !== null && running_since.length === desired && others === 0;

test("a process runs without a port, once however often it is started, and the next version replaces it", async () => {
  const app = freshId();
  const first = orderOf(app, runs("worker", { instances: 2 }));
  const definitions = await started(first);
  expect(await started(first)).toEqual(definitions);
  const seen = await becomes(first, "worker", runsAlone);
  expect(seen).toMatchObject({ task_definition: definitions.worker, desired: 2, failures: 0, trouble: null });
  await eventually(async () =>
    expect(await processes.output(first, "worker")).toContain("worker on undefined, password …"),
  );
  const { serviceArns = [] } = await cloud.ecs.send(new ListServicesCommand({ cluster: "slipway" }));
  const own = serviceArns.find((arn) => arn.endsWith(`/slipway-1-${app}-worker`)) ?? "";
  expect([own, `${own.slice(0, -7)}`, `${own}/x`].map(appOf)).toEqual([app, app, null]);

  // Its tasks are shown with its name, and are healthy after a minute.
  const at = (seconds: number) => () => plusSeconds(seen.running_since[0] ?? "", seconds);
  const tasksAt = async (seconds: number) => {
    const tasks = awsAppTasks({ ecs: cloud.ecs, elb: cloud.elb }, options, at(seconds));
    return tasks.see({ id: app, processes: [{ name: "worker", instances: 2 }] });
  };
  const shown = { process: "worker", state: "running", deployment_id: first.deployment_id };
  expect(await tasksAt(0)).toMatchObject({
    counts: null,
    tasks: [shown, shown].map((one) => ({ ...one, health: "starting" })),
  });
  expect((await tasksAt(90)).tasks).toMatchObject([shown, shown].map((one) => ({ ...one, health: "healthy" })));

  const second = orderOf(app, runs("worker"));
  await started(second);
  await becomes(second, "worker", runsAlone);
  expect(await processes.see(first, ["worker"])).toMatchObject([
    { task_definition: null, running_since: [], others: 1 },
  ]);
  // What runs another release is left alone.
  expect(await processes.restore(first, null)).toBe("restored");
  await becomes(second, "worker", runsAlone);
});

test("one that keeps ending is seen to; what was live runs again, and what only that release had is removed", async () => {
  const app = freshId();
  const live = orderOf(app, runs("worker"));
  const task_definitions = await started(live);
  await becomes(live, "worker", runsAlone);
  const broken = orderOf(app, runs("worker", {}, `${says} setTimeout(() => process.exit(7), 1500);`), runs("mailer"));
  await started(broken);
  const failed = await becomes(broken, "worker", ({ failures }) => failures >= 3);
  expect(failed).toMatchObject({ exit_code: 7, trouble: null, printed: expect.stringContaining("password …") });
  await becomes(broken, "mailer", runsAlone);
  await eventually(
    async () => expect(await processes.restore(broken, { order: live, task_definitions })).toBe("restored"),
    60_000,
  );
  await becomes(live, "worker", runsAlone);
  expect(await processes.see(broken, ["mailer"])).toMatchObject([{ task_definition: null, running_since: [] }]);
});

test("one that does not start says why, with its own size", async () => {
  const app = freshId();
  const order = { ...orderOf(app, runs("worker")), image_digest: `sha256:${"0".repeat(64)}` };
  await started(order);
  const seen = await becomes(order, "worker", ({ failures }) => failures > 0);
  expect(seen).toMatchObject({ exit_code: null, trouble: expect.stringContaining("ECS could not pull the image") });
});

test("one is removed by its name, made again after that, and all of an app go with it", async () => {
  const app = freshId();
  const order = orderOf(app, runs("worker"), runs("mailer"));
  const other = orderOf(freshId(), runs("worker"));
  await started(order);
  await started(other);
  await processes.retire(app, ["mailer", "absent"]);
  await processes.retire(app, ["mailer"]);
  await becomes(order, "mailer", ({ task_definition }) => task_definition === null);
  await started(order);
  await becomes(order, "mailer", runsAlone);
  await eventually(async () => expect(await processes.remove(app)).toBe(true), 60_000);
  await becomes(other, "worker", runsAlone);
});
