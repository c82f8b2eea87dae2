import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import { AwsError, type Operation } from "../../kernel/service.ts";
import type { Task } from "./model.ts";
import { clusterArn } from "./services.ts";
import type { Store } from "./store.ts";
import { tagContext, tags } from "./tags.ts";
import { activeDefinition, passRole } from "./task-definitions.ts";
import type { TaskSet } from "./task-set.ts";
import { showTask } from "./task-shape.ts";

const operation = operationsOf("InvalidParameterException");

const listInput = z
  .object({
    cluster: z.string().optional(),
    serviceName: z.string().optional(),
    family: z.string().optional(),
    startedBy: z.string().optional(),
    desiredStatus: z.enum(["RUNNING", "STOPPED"]).optional(),
    launchType: z.string().optional(),
    maxResults: z.int().min(1).max(100).default(100),
    nextToken: z.string().regex(/^\d+$/).optional(),
  })
  .refine(
    ({ startedBy, serviceName, family, desiredStatus }) =>
      startedBy === undefined || [serviceName, family, desiredStatus].every((other) => other === undefined),
    "startedBy must be the only filter",
  );
const describeInput = z.object({
  cluster: z.string().optional(),
  tasks: z.array(z.string()).min(1).max(100),
  include: z.array(z.string()).default([]),
});

/** Newest first; AWS promises no order. */
function list(store: Store, input: z.infer<typeof listInput>): unknown {
  const cluster = store.cluster(input.cluster);
  const service =
    input.serviceName === undefined ? undefined : store.service(store.serviceArn(cluster, input.serviceName)).arn;
  const found = store.tasks
    .where("status", input.desiredStatus ?? "RUNNING")
    .filter(
      (task) =>
        task.cluster === cluster &&
        (service === undefined || task.serviceArn === service) &&
        (input.startedBy === undefined || task.startedBy === input.startedBy) &&
        (input.family === undefined || store.taskDefinitions.get(task.taskDefinition)?.family === input.family),
    )
    .sort((a, b) => b.createdAt - a.createdAt);
  const from = Number(input.nextToken ?? 0);
  const to = from + input.maxResults;
  return {
    taskArns: found.slice(from, to).map(({ arn }) => arn),
    ...(to < found.length ? { nextToken: String(to) } : {}),
  };
}

const runInput = z.object({
  cluster: z.string().optional(),
  taskDefinition: z.string(),
  launchType: z.literal("FARGATE").default("FARGATE"),
  count: z.literal(1, "the local mode runs one task at a time").default(1),
  clientToken: z.string().max(64).optional(),
  startedBy: z.string().max(128).default(""),
  overrides: z
    .object({
      containerOverrides: z
        .array(
          z.object({
            name: z.string(),
            command: z.array(z.string()).optional(),
            environment: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
          }),
        )
        .max(1)
        .default([]),
    })
    .default({ containerOverrides: [] }),
  networkConfiguration: z.unknown().optional(),
  tags,
});
const stopInput = z.object({
  cluster: z.string().optional(),
  task: z.string(),
  reason: z.string().max(255).default("Task stopped by user"),
});

function run(store: Store, taskSet: TaskSet, input: z.infer<typeof runInput>): Task {
  const cluster = store.cluster(input.cluster);
  const { clientToken, overrides, startedBy, tags: given } = input;
  const text = JSON.stringify(input);
  const known =
    clientToken === undefined ? undefined : store.tasks.all().find(({ asked }) => asked?.clientToken === clientToken);
  if (known !== undefined) {
    if (known.asked?.input === text) return known;
    throw new AwsError("ConflictException", "The client token was used with other parameters.", 400);
  }
  const definition = activeDefinition(store, input.taskDefinition);
  const [override] = overrides.containerOverrides;
  if (override !== undefined && override.name !== definition.container.name)
    throw new AwsError(
      "InvalidParameterException",
      "Override for container named that is not a container in the TaskDefinition.",
    );
  const { container } = definition;
  const names = new Set(override?.environment.map(({ name }) => name));
  return taskSet.run({
    cluster,
    definition,
    container: {
      ...container,
      ...(override?.command === undefined ? {} : { command: override.command }),
      environment: [...container.environment.filter(({ name }) => !names.has(name)), ...(override?.environment ?? [])],
    },
    startedBy,
    tags: given,
    asked: clientToken === undefined ? undefined : { clientToken, input: text },
  });
}

export function taskOperations(store: Store, taskSet: TaskSet): Record<string, Operation> {
  const arnOf = (cluster: string | undefined, idOrArn: string): string =>
    idOrArn.startsWith("arn:") ? idOrArn : `${clusterArn(store, cluster).replace(":cluster/", ":task/")}/${idOrArn}`;
  const idOf = (idOrArn: string): string => idOrArn.slice(idOrArn.lastIndexOf("/") + 1);
  const shown = (task: Task) => showTask(store, task, (ms) => ms / 1000);
  return {
    RunTask: operation(runInput, {
      permissions: ({ cluster, taskDefinition, tags: given }) => {
        const definition = activeDefinition(store, taskDefinition);
        const context = { ...tagContext(given), "ecs:cluster": clusterArn(store, cluster) };
        const tagging = { ...context, "ecs:CreateAction": "RunTask" };
        return [
          { action: "ecs:RunTask", resource: definition.arn, context },
          ...(given.length === 0
            ? []
            : [{ action: "ecs:TagResource", resource: arnOf(cluster, "*"), context: tagging }]),
          ...passRole(definition.executionRoleArn),
          ...passRole(definition.taskRoleArn),
        ];
      },
      run: (input) => ({ tasks: [shown(run(store, taskSet, input))], failures: [] }),
    }),
    StopTask: operation(stopInput, {
      permissions: ({ cluster, task }) => [
        {
          action: "ecs:StopTask",
          resource: arnOf(cluster, task),
          context: { "ecs:cluster": clusterArn(store, cluster) },
        },
      ],
      run: ({ cluster, task, reason }) => {
        store.cluster(cluster);
        const known = store.tasks.get(idOf(task));
        if (known === undefined) throw new AwsError("InvalidParameterException", "The referenced task was not found.");
        taskSet.stop(known.id, "UserInitiated", reason);
        return { task: shown(store.tasks.get(known.id) ?? known) };
      },
    }),
    ListTasks: operation(listInput, {
      // It has no resource of its own but container instances; policies name the cluster by a condition.
      permissions: ({ cluster }) => {
        const arn = clusterArn(store, cluster);
        const resource = `${arn.replace(":cluster/", ":container-instance/")}/*`;
        return [{ action: "ecs:ListTasks", resource, context: { "ecs:cluster": arn } }];
      },
      run: (input) => list(store, input),
    }),
    DescribeTasks: operation(describeInput, {
      permissions: ({ cluster, tasks }) =>
        tasks.map((task) => ({
          action: "ecs:DescribeTasks",
          resource: arnOf(cluster, task),
          context: { "ecs:cluster": clusterArn(store, cluster) },
        })),
      run: ({ cluster, tasks, include }) => {
        store.cluster(cluster);
        const known = tasks.flatMap((task) => store.tasks.get(idOf(task)) ?? []);
        const missing = tasks.filter((task) => store.tasks.get(idOf(task)) === undefined);
        return {
          tasks: known.map((task) => ({
            ...showTask(store, task, (ms) => ms / 1000),
            ...(include.includes("TAGS") ? { tags: task.tags } : {}),
          })),
          failures: missing.map((task) => ({ arn: arnOf(cluster, task), reason: "MISSING" })),
        };
      },
    }),
  };
}
