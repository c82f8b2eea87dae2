import { paginateFilterLogEvents, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";
import {
  DescribeTasksCommand,
  paginateListTasks,
  type Service,
  type ServiceDeployment,
  type Task,
} from "@aws-sdk/client-ecs";
import type { ReleaseOrder } from "../../ports/releases.ts";
import type { ReleaseClients } from "./aws.ts";
import { type ReleasesOptions, serviceName } from "./options.ts";
import { containerName, logPrefix } from "./task-definition.ts";

const lastLines = 5;

export interface Failed {
  readonly service: Service;
  readonly deployment: ServiceDeployment;
  /** What {@link lastWords} says. */
  readonly printed: string | null;
}

/** Why a release failed, for a person: which check, which status, and what the app printed last. */
export async function failureReason(
  clients: ReleaseClients,
  options: ReleasesOptions,
  order: ReleaseOrder,
  { service, deployment, printed }: Failed,
): Promise<{ reason: string; exit_code: number | null }> {
  const tasks = await stoppedTasks(clients, options, order, deployment);
  const exited = tasks.map(exitCodeOf).find((code) => code !== null) ?? null;
  const unhealthy = unhealthyEvent(service, deployment);
  return {
    reason: sentence(order, { exited, unhealthy, printed, told: deployment.statusReason ?? null }),
    exit_code: unhealthy === null ? exited : null,
  };
}

interface Findings {
  readonly exited: number | null;
  readonly unhealthy: string | null;
  readonly printed: string | null;
  readonly told: string | null;
}

function sentence(order: ReleaseOrder, { exited, unhealthy, printed, told }: Findings): string {
  const { port, health_check_path } = order.settings;
  const last = printed ?? "It printed nothing.";
  if (unhealthy !== null) {
    return `The new version did not become healthy: GET ${health_check_path} on port ${port}: ${unhealthy}. Check that the app listens on the port in PORT (${port}) and answers ${health_check_path} with 2xx or 3xx. ${last}`;
  }
  if (exited !== null)
    return `The container exited with code ${exited} while starting. Mend its start, and deploy again. ${last}`;
  return `The new version did not start: ${(told ?? "ECS gives no reason").replace(/\.$/, "")}. ${last}`;
}

/** What the app of a release printed last, as a sentence without its secrets; `null`: nothing. */
export async function lastWords(
  clients: ReleaseClients,
  options: ReleasesOptions,
  order: ReleaseOrder,
): Promise<string | null> {
  const printed = await lastPrinted(clients, options, order.deployment_id);
  if (printed.length === 0) return null;
  const redact = await clients.redactionFor(order.app_id);
  return `It printed last: ${printed.map(redact).join(" | ")}`;
}

async function stoppedTasks(
  { ecs }: ReleaseClients,
  { cluster }: ReleasesOptions,
  order: ReleaseOrder,
  deployment: ServiceDeployment,
): Promise<Task[]> {
  const since = deployment.createdAt?.getTime() ?? 0;
  const stopped: Task[] = [];
  const asked = { cluster, serviceName: serviceName(order.app_id), desiredStatus: "STOPPED" } as const;
  // A page has as many as can be described at once.
  for await (const { taskArns = [] } of paginateListTasks({ client: ecs }, asked)) {
    if (taskArns.length === 0) continue;
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    stopped.push(...tasks.filter((task) => (task.createdAt?.getTime() ?? 0) >= since));
  }
  return stopped;
}

/** The exit code of a task that ended by itself; one that was stopped says nothing about the app. */
function exitCodeOf(task: Task): number | null {
  if (task.stopCode !== "EssentialContainerExited") return null;
  return task.containers?.find((container) => container.name === containerName)?.exitCode ?? null;
}

/** ECS words it: `… is unhealthy in (target-group …) due to (reason Health checks failed with these codes: [500])`. */
function unhealthyEvent(service: Service, deployment: ServiceDeployment): string | null {
  const since = deployment.createdAt?.getTime() ?? 0;
  for (const event of service.events ?? []) {
    const reason = /unhealthy in .* due to \(reason (.*)\)\.?$/.exec(event.message ?? "")?.[1];
    if (reason !== undefined && (event.createdAt?.getTime() ?? 0) >= since) return reason;
  }
  return null;
}

/** CloudWatch gives the oldest first, 1 MB at a time. What an app printed beyond so many is not gone through for its end. */
const mostPages = 10;

async function lastPrinted(
  { logs }: ReleaseClients,
  { appLogGroup: logGroupName }: ReleasesOptions,
  deploymentId: number,
): Promise<string[]> {
  const logStreamNamePrefix = `${logPrefix(deploymentId)}/`;
  let last: string[] = [];
  let read = 0;
  try {
    const pages = paginateFilterLogEvents({ client: logs }, { logGroupName, logStreamNamePrefix });
    for await (const { events = [] } of pages) {
      const lines = events.map(({ message = "" }) => message.trimEnd().slice(0, 200));
      last = [...last, ...lines].slice(-lastLines);
      if (++read === mostPages) break;
    }
    return last;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return [];
    throw error;
  }
}
