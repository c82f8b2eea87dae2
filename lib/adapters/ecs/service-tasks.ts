import { DescribeTasksCommand, type ECSClient, paginateListTasks, type Task } from "@aws-sdk/client-ecs";

/** The tasks of a service that are to run, or those that are stopping or stopped, for about an hour. */
export async function tasksOfService(
  ecs: ECSClient,
  cluster: string,
  serviceName: string,
  desiredStatus: "RUNNING" | "STOPPED",
): Promise<Task[]> {
  const found: Task[] = [];
  // A page has as many as can be described at once.
  for await (const { taskArns = [] } of paginateListTasks({ client: ecs }, { cluster, serviceName, desiredStatus })) {
    if (taskArns.length === 0) continue;
    found.push(...((await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }))).tasks ?? []));
  }
  return found;
}
