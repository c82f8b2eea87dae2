import type { Task } from "./model.ts";
import type { Store } from "./store.ts";

/** The address that tells a task from others, as one in a VPC does; it is reached on a port of 127.0.0.1. */
export const addressOf = (taskId: string): string =>
  `10.${[0, 2, 4].map((at) => Number.parseInt(taskId.slice(at, at + 2), 16)).join(".")}`;

const familyOf = ({ taskDefinition }: Task): string =>
  taskDefinition.slice(taskDefinition.lastIndexOf("/") + 1, taskDefinition.lastIndexOf(":"));

/** A task as `DescribeTasks` and events show it; `time` makes of milliseconds what the one or the other needs. */
export function showTask(store: Store, task: Task, time: (ms: number) => unknown): Readonly<Record<string, unknown>> {
  const at = (ms: number | undefined): unknown => (ms === undefined ? undefined : time(ms));
  const containerStatus = task.lastStatus === "PROVISIONING" ? "PENDING" : task.lastStatus;
  return {
    taskArn: task.arn,
    clusterArn: store.arn(`cluster/${task.cluster}`),
    taskDefinitionArn: task.taskDefinition,
    group: task.serviceName === "" ? `family:${familyOf(task)}` : `service:${task.serviceName}`,
    startedBy: task.startedBy,
    launchType: "FARGATE",
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    createdAt: time(task.createdAt),
    startedAt: at(task.startedAt),
    stoppingAt: at(task.stoppingAt),
    stoppedAt: at(task.stoppedAt),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    version: task.version,
    containers: [
      {
        containerArn: store.arn(`container/${task.cluster}/${task.id}/${task.containerName}`),
        taskArn: task.arn,
        name: task.containerName,
        image: task.image,
        lastStatus: task.lastStatus === "STOPPED" ? "STOPPED" : containerStatus === "PENDING" ? "PENDING" : "RUNNING",
        exitCode: task.exitCode,
        reason: task.containerReason,
        networkBindings: [],
        networkInterfaces: task.port === undefined ? [] : [{ privateIpv4Address: addressOf(task.id) }],
      },
    ],
  };
}
