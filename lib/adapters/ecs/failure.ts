import { paginateFilterLogEvents, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";
import type { Service, ServiceDeployment, Task } from "@aws-sdk/client-ecs";
import { inlineText } from "@slipway/text/inert";
import { privateKeyFilter } from "@slipway/text/redactor";
import { shorten } from "@slipway/text/shorten";
import { webProcess } from "../../core/app.ts";
import { continuationMarker, cutOf } from "../../core/app-log/long-line.ts";
import { streamPrefix } from "../../core/app-log/stream.ts";
import { relevantLines } from "../../core/log/relevant-lines.ts";
import type { AppLogEvent } from "../../core/ports/app-logs.ts";
import type { ReleaseOrder } from "../../core/ports/releases.ts";
import type { ReleaseClients } from "./clients.ts";
import { appLogGroup, type ReleasesOptions, serviceName } from "./options.ts";
import { tasksOfService } from "./service-tasks.ts";
import { explainStart, notPlaced, notStarted } from "./start-trouble.ts";
import { containerName } from "./task-definition.ts";

const shownLines = 5;
/** So many are gone through, since the beginning of a private key, or of a crash, may lie before those that are shown. */
const readLines = 500;
const longestShown = 200;

export interface Failed {
  readonly service: Service;
  readonly deployment: ServiceDeployment;
  /** What {@link lastWords} says. */
  readonly printed: string | null;
}

/** Why a release failed, for a person: what ECS says, which check, which status, and what the app printed. */
export async function failureReason(
  clients: ReleaseClients,
  options: ReleasesOptions,
  order: ReleaseOrder,
  { service, deployment, printed }: Failed,
): Promise<{ reason: string; exit_code: number | null }> {
  const tasks = await stoppedTasks(clients, options, order, deployment);
  const exited = tasks.map(exitOf).find((exit) => exit !== null) ?? null;
  const unhealthy = unhealthyEvent(service, deployment);
  const trouble = troubleOf(order, service, deployment, tasks);
  return {
    reason: sentence(order, { exited, unhealthy, trouble, printed, statusReason: deployment.statusReason ?? null }),
    exit_code: unhealthy === null && trouble === null ? (exited?.code ?? null) : null,
  };
}

/** How a release that is under way goes, in sentences with the next step; `null`: as it is to go. */
interface Start {
  /** What keeps it from running: what ECS speaks of, or a crash. */
  readonly trouble: string | null;
  /** A task of it was not healthy in the time that the app has for it. */
  readonly unhealthy: string | null;
}

interface Starting extends Pick<Failed, "service" | "deployment"> {
  readonly taskDefinition: string;
  /** The service once more: the event that says why a task was stopped may be younger than `service`. */
  readonly seenAgain: () => Promise<Service | null>;
}

export async function releaseTrouble(
  clients: ReleaseClients,
  options: ReleasesOptions,
  order: ReleaseOrder,
  { service, deployment, taskDefinition, seenAgain }: Starting,
): Promise<Start> {
  const stopped = await stoppedTasks(clients, options, order, deployment);
  // Tasks of the version that serves may stop meanwhile, too.
  const tasks = stopped.filter(({ taskDefinitionArn }) => taskDefinitionArn === taskDefinition);
  const exited = tasks.map(exitOf).find((exit) => exit !== null) ?? null;
  const trouble = troubleOf(order, service, deployment, tasks) ?? crashWords(exited);
  if (!tasks.some(wasUnhealthy)) return { trouble, unhealthy: null };
  const printed = await lastWords(clients, options, order);
  const findings = { exited: null, trouble: null, statusReason: null, printed };
  const latest = (await seenAgain()) ?? service;
  const unhealthy = unhealthyEvent(latest, deployment) ?? { reason: "Health checks failed", port: null };
  return { trouble, unhealthy: sentence(order, { ...findings, unhealthy }) };
}

const crashWords = (exited: Exit | null): string | null =>
  exited === null ? null : `The container exited with code ${exited.code} while starting. ECS starts it again.`;

/** ECS stops a task for it when its time to start is over: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
export const wasUnhealthy = ({ stoppedReason = "" }: Task): boolean =>
  stoppedReason.startsWith("Task failed ELB health checks");

function troubleOf(
  { settings }: ReleaseOrder,
  service: Service,
  deployment: ServiceDeployment,
  tasks: readonly Task[],
): string | null {
  const since = deployment.createdAt?.getTime() ?? 0;
  const said = tasks.flatMap((task) => notStarted(task) ?? []);
  const events = (service.events ?? []).filter(({ createdAt }) => (createdAt?.getTime() ?? 0) >= since);
  const words = said[0] ?? events.flatMap(({ message = "" }) => notPlaced(message) ?? [])[0];
  return words === undefined ? null : explainStart(words, settings);
}

interface Exit {
  readonly code: number;
  /** ECS's reason for ending it, such as `OutOfMemoryError: …`. */
  readonly why: string | undefined;
}

interface Unhealthy {
  readonly reason: string;
  /** The port that was asked; `null`: ECS does not say. */
  readonly port: number | null;
}

interface Findings {
  readonly exited: Exit | null;
  readonly unhealthy: Unhealthy | null;
  /** What {@link releaseTrouble} says. */
  readonly trouble: string | null;
  readonly printed: string | null;
  readonly statusReason: string | null;
}

function sentence(order: ReleaseOrder, { exited, unhealthy, trouble, printed, statusReason }: Findings): string {
  const { health_check_path, health_check_expect } = order.settings;
  const last = printed ?? "It printed nothing.";
  if (unhealthy !== null) {
    const port = unhealthy.port ?? order.settings.port;
    return `The new version did not become healthy: GET ${health_check_path} on port ${port}: ${unhealthy.reason}. Check that the app listens on the port in PORT (${port}) and answers ${health_check_path} with a status of ${health_check_expect}. ${last}`;
  }
  if (exited !== null) {
    const why = exited.why === undefined ? "" : ` (${exited.why.replace(/\.$/, "")})`;
    return `The container exited with code ${exited.code} while starting${why}. Fix how it starts and deploy again. ${last}`;
  }
  if (trouble !== null) return printed === null ? trouble : `${trouble} ${printed}`;
  return `The new version did not start: ${(statusReason ?? "ECS gives no reason").replace(/\.$/, "")}. Check the events of the app's service in ECS, then deploy again. ${last}`;
}

/** What the app of a release says of its end, as a sentence without its secrets; `null`: it printed nothing. */
export async function lastWords(
  clients: ReleaseClients,
  options: ReleasesOptions,
  order: ReleaseOrder,
  process = webProcess,
): Promise<string | null> {
  const lines = relevantLines(await releaseOutput(clients, options, order, process), shownLines);
  if (lines.length === 0) return null;
  // Shortened at last: half a secret is not recognised any more.
  return `It printed last: ${lines.map((line) => shorten(inlineText(line), longestShown)).join(" | ")}`;
}

/** What a process of a release printed, the last lines of it, oldest first and without its secrets. */
export async function releaseOutput(
  clients: ReleaseClients,
  options: ReleasesOptions,
  order: ReleaseOrder,
  process = webProcess,
): Promise<readonly string[]> {
  const printed = await lastPrinted(clients, options, order, process);
  if (printed.length === 0) return [];
  const redact = await clients.redactionFor(order.app_id);
  const hideKeys = privateKeyFilter();
  return printed.map((event) => redact(hideKeys(event.message), cutOf(event)).trimEnd());
}

async function stoppedTasks(
  { ecs }: ReleaseClients,
  options: ReleasesOptions,
  order: ReleaseOrder,
  deployment: ServiceDeployment,
): Promise<Task[]> {
  const since = deployment.createdAt?.getTime() ?? 0;
  const stopped = await tasksOfService(ecs, options.cluster, serviceName(options, order.app_id), "STOPPED");
  return stopped.filter((task) => (task.createdAt?.getTime() ?? 0) >= since);
}

/** How a task exited that ended by itself; one that was stopped says nothing about the app. */
export function exitOf(task: Task): Exit | null {
  if (task.stopCode !== "EssentialContainerExited") return null;
  const ended = task.containers?.find((container) => container.name === containerName);
  return ended?.exitCode === undefined ? null : { code: ended.exitCode, why: ended.reason };
}

/** ECS words it: `… is unhealthy in (target-group …) due to (reason Health checks failed with these codes: [500])`. */
function unhealthyEvent(service: Service, deployment: ServiceDeployment): Unhealthy | null {
  const since = deployment.createdAt?.getTime() ?? 0;
  for (const event of service.events ?? []) {
    const [, reason] = event.message?.split(" due to (reason ", 2) ?? [];
    if (reason === undefined || !event.message?.includes("unhealthy in ")) continue;
    if ((event.createdAt?.getTime() ?? 0) < since) continue;
    const port = /\(port (\d+)\)/.exec(event.message)?.[1];
    return { reason: reason.replace(/\)\.?$/, ""), port: port === undefined ? null : Number(port) };
  }
  return null;
}

/** CloudWatch gives the oldest first, 1 MB at a time. What an app printed beyond so many is not gone through for its end. */
const mostPages = 10;

async function lastPrinted(
  { logs }: ReleaseClients,
  options: ReleasesOptions,
  { app_id, deployment_id }: ReleaseOrder,
  process: string,
): Promise<AppLogEvent[]> {
  const logGroupName = appLogGroup(options, app_id);
  const logStreamNamePrefix = `${streamPrefix(process, deployment_id)}/`;
  const marked = continuationMarker();
  let last: AppLogEvent[] = [];
  let read = 0;
  try {
    const pages = paginateFilterLogEvents({ client: logs }, { logGroupName, logStreamNamePrefix });
    for await (const { events = [] } of pages) {
      const lines = events.map(({ logStreamName: stream = "", timestamp: at = 0, message = "" }) => ({
        ...{ stream, at, message },
      }));
      last = [...last, ...marked(lines)].slice(-readLines);
      if (++read === mostPages) break;
    }
    return last;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return [];
    throw error;
  }
}
