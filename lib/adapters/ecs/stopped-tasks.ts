import { DescribeTasksCommand, type ECSClient, type Task } from "@aws-sdk/client-ecs";
import type { StoppedTasks } from "../../core/ports/usage.ts";
import { exitOf } from "./failure.ts";
import { ownerOf, type ReleasesOptions } from "./options.ts";
import { deploymentOf, describeDefinition } from "./task-definition.ts";
import { reasonOf } from "./tasks.ts";

/** What ECS says of a task that stopped; it knows it for about an hour. */
export function awsStoppedTasks(
  ecs: ECSClient,
  options: Pick<ReleasesOptions, "cluster" | "namePrefix">,
): StoppedTasks {
  return {
    see: async (taskArn) => {
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster: options.cluster, tasks: [taskArn] }));
      const [task] = tasks;
      const owner = task === undefined ? null : ownerOf(options, serviceOf(task));
      const reason = task?.lastStatus === "STOPPED" ? reasonOf(task) : null;
      if (task === undefined || owner === null || reason === null) return null;
      return {
        ...owner,
        deployment_id: deploymentOf(await describeDefinition(ecs, task.taskDefinitionArn ?? "")),
        task: taskArn.split("/").at(-1) ?? taskArn,
        stopped_at: (task.stoppedAt ?? task.stoppingAt ?? task.createdAt ?? new Date(0)).toISOString(),
        exit_code: exitOf(task)?.code ?? null,
        reason,
      };
    },
  };
}

/** The group of a service's task is `service:<name>`; a run has none. */
const serviceOf = ({ group = "" }: Task): string =>
  group.startsWith("service:") ? group.slice("service:".length) : "";
