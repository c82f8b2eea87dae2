import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { Operation } from "../../kernel/service.ts";
import { clusterArn } from "./services.ts";
import type { Store } from "./store.ts";
import { showTask } from "./task-shape.ts";

const operation = operationsOf("InvalidParameterException");

const listInput = z.object({
  cluster: z.string().optional(),
  serviceName: z.string().optional(),
  family: z.string().optional(),
  startedBy: z.string().optional(),
  desiredStatus: z.enum(["RUNNING", "STOPPED"]).default("RUNNING"),
  launchType: z.string().optional(),
  maxResults: z.int().min(1).max(100).default(100),
  nextToken: z.string().regex(/^\d+$/).optional(),
});
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
    .where("status", input.desiredStatus)
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

export function taskOperations(store: Store): Record<string, Operation> {
  const arnOf = (cluster: string | undefined, idOrArn: string): string =>
    idOrArn.startsWith("arn:") ? idOrArn : `${clusterArn(store, cluster).replace(":cluster/", ":task/")}/${idOrArn}`;
  const idOf = (idOrArn: string): string => idOrArn.slice(idOrArn.lastIndexOf("/") + 1);
  return {
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
