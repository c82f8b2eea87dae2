import {
  ContinueServiceDeploymentCommand,
  type DeploymentLifecycleHookAction,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  type Service,
  type ServiceDeployment,
  type ServiceDeploymentStatus,
  StopServiceDeploymentCommand,
} from "@aws-sdk/client-ecs";
import { type ReleaseSeen, unseenRelease } from "../../core/deployment/event.ts";
import type { Confirm } from "../../core/ports/releases.ts";
import { describeDefinition, isOf } from "./task-definition.ts";

/** Ours is among the newest: an app releases one at a time. */
const newest = 5;
/** DescribeServiceRevisions takes so many: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html */
const mostRevisions = 20;

export interface OurDeployment {
  readonly deployment: ServiceDeployment;
  readonly taskDefinition: string;
  /** No service deployment of somebody else came after it. */
  readonly isNewest: boolean;
  /** Whether there is a version of before that can be put back: a start of the same release that never came to its end is none. */
  readonly hasEarlier: boolean;
}

/** Whose release is looked for. A start registers a task definition of its own; all of a deployment's name it. */
export interface Whose {
  readonly deploymentId: number;
  /** The one that is known, which spares asking for it; `null`: none is. */
  readonly taskDefinition: string | null;
  /** Only the start with that task definition. */
  readonly only?: boolean;
  /** One that is known to be of another deployment, which spares asking for it, too. */
  readonly other?: string | undefined;
}

/**
 * The newest service deployment whose target is a release of ours. Where it was started twice ECS runs the later start.
 * A rollback's own service deployment has another target, so what it says cannot be mistaken for ours.
 */
export async function ourDeployment(
  ecs: ECSClient,
  cluster: string,
  service: string,
  whose: Whose,
): Promise<OurDeployment | null> {
  const listed = await listDeployments(ecs, cluster, service);
  const isOurs = async (target: string): Promise<boolean> =>
    target === whose.taskDefinition ||
    (!whose.only && target !== whose.other && (await definitionIsOf(ecs, target, whose.deploymentId)));
  for (const [index, { deployment, target, sources }] of listed.entries()) {
    if (target === null || !(await isOurs(target))) continue;
    const own = listed.filter((one) => one.target !== null && one.deployment.status !== "SUCCESSFUL");
    const siblings = new Set<string>();
    for (const one of own) if (one.target !== null && (await isOurs(one.target))) siblings.add(one.target);
    const hasEarlier = sources.some((source) => !siblings.has(source));
    return { deployment, taskDefinition: target, isNewest: index === 0, hasEarlier };
  }
  return null;
}

interface Listed {
  readonly deployment: ServiceDeployment;
  /** The task definition that it releases, and those that ran when it began. */
  readonly target: string | null;
  readonly sources: readonly string[];
}

/** The newest of a service, newest first. */
async function listDeployments(ecs: ECSClient, cluster: string, service: string): Promise<readonly Listed[]> {
  const listed = await ecs.send(new ListServiceDeploymentsCommand({ cluster, service, maxResults: newest }));
  const arns = (listed.serviceDeployments ?? []).flatMap((each) => each.serviceDeploymentArn ?? []);
  if (arns.length === 0) return [];
  const { serviceDeployments = [] } = await ecs.send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns }),
  );
  const revisionsOf = ({ targetServiceRevision, sourceServiceRevisions = [] }: ServiceDeployment) =>
    [targetServiceRevision, ...sourceServiceRevisions].flatMap((each) => each?.arn ?? []);
  const definitions = await definitionsOf(ecs, [...new Set(serviceDeployments.flatMap(revisionsOf))]);
  const definitionOf = (arn = ""): string | undefined => definitions.get(arn);
  return serviceDeployments
    .toSorted(
      (one, other) => arns.indexOf(one.serviceDeploymentArn ?? "") - arns.indexOf(other.serviceDeploymentArn ?? ""),
    )
    .map((deployment) => ({
      deployment,
      target: definitionOf(deployment.targetServiceRevision?.arn) ?? null,
      // One that is not known is somebody's: what may be an earlier version is never taken for none.
      sources: (deployment.sourceServiceRevisions ?? []).map(({ arn = "" }) => definitionOf(arn) ?? arn),
    }));
}

/** The task definitions of revisions that were seen, the newest last. A revision never changes. */
const knownRevisions = new WeakMap<ECSClient, Map<string, string>>();
const mostKnown = 200;

/** The task definitions of service revisions, by their ARNs. */
async function definitionsOf(ecs: ECSClient, arns: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const known = knownRevisions.get(ecs) ?? new Map<string, string>();
  knownRevisions.set(ecs, known);
  const wanted = arns.filter((arn) => !known.has(arn)).slice(0, mostRevisions);
  if (wanted.length === 0) return known;
  const { serviceRevisions = [] } = await ecs.send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: wanted }),
  );
  for (const { serviceRevisionArn: arn, taskDefinition } of serviceRevisions)
    if (arn !== undefined && taskDefinition !== undefined) known.set(arn, taskDefinition);
  const found = new Map(known);
  for (const arn of [...known.keys()].slice(0, Math.max(0, known.size - mostKnown))) known.delete(arn);
  return found;
}

/** Whether a deployment registered this task definition. One that was deleted since then is nobody's any more. */
export async function definitionIsOf(ecs: ECSClient, taskDefinition: string, deploymentId: number): Promise<boolean> {
  return isOf(await describeDefinition(ecs, taskDefinition), deploymentId);
}

/** The task definitions that a service runs, is to run, or goes back to where its service deployments under way fail. */
export async function namedBy(ecs: ECSClient, cluster: string, service: Service): Promise<readonly string[]> {
  const listed = await listDeployments(ecs, cluster, service.serviceName ?? "");
  const last = listed.find(({ deployment }) => deployment.status === "SUCCESSFUL");
  const moving = listed.filter(({ deployment }) => !finished(deployment));
  const named = moving.flatMap(({ target, sources }) => [target, ...sources]);
  const running = (service.deployments ?? []).map(({ taskDefinition }) => taskDefinition);
  return [service.taskDefinition, last?.target, ...running, ...named].filter((one) => typeof one === "string");
}

const stateOf: Readonly<Record<ServiceDeploymentStatus, ReleaseSeen["state"]>> = {
  PENDING: "in_progress",
  IN_PROGRESS: "in_progress",
  STOP_REQUESTED: "rolling_back",
  ROLLBACK_REQUESTED: "rolling_back",
  ROLLBACK_IN_PROGRESS: "rolling_back",
  SUCCESSFUL: "succeeded",
  STOPPED: "failed",
  ROLLBACK_SUCCESSFUL: "failed",
  ROLLBACK_FAILED: "failed",
};

/** Whether a service deployment of the service has not ended yet, whosever it is. */
export async function isUnderWay(ecs: ECSClient, cluster: string, service: string): Promise<boolean> {
  const status = (Object.keys(stateOf) as ServiceDeploymentStatus[]).filter((one) => !finished({ status: one }));
  let nextToken: string | undefined;
  do {
    // ECS filters after it has read: a page without any says nothing about the next.
    const page = nextToken === undefined ? {} : { nextToken };
    const listed = await ecs.send(new ListServiceDeploymentsCommand({ cluster, service, status, ...page }));
    if ((listed.serviceDeployments ?? []).length > 0) return true;
    nextToken = listed.nextToken;
  } while (nextToken !== undefined);
  return false;
}

export const finished = (deployment: Pick<ServiceDeployment, "status">): boolean =>
  ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"].includes(deployment.status ?? "");

/** The one pause that a release can have; `undefined` before it is reached. */
export const hookOf = ({ lifecycleHookDetails }: ServiceDeployment) =>
  lifecycleHookDetails?.find(({ targetType }) => targetType === "PAUSE");

/** Whether it waits for somebody to say that it may get traffic. */
export const isPaused = (deployment: ServiceDeployment): boolean =>
  deployment.status === "IN_PROGRESS" && hookOf(deployment)?.status === "AWAITING_ACTION";

export async function endPause(
  ecs: ECSClient,
  deployment: ServiceDeployment,
  action: DeploymentLifecycleHookAction,
  confirm: Confirm,
): Promise<void> {
  const { serviceDeploymentArn } = deployment;
  const hookId = hookOf(deployment)?.hookId;
  await confirm();
  await ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId, action }));
}

/** Has the earlier version put back, also while it is paused. */
export async function rollBack(ecs: ECSClient, deployment: ServiceDeployment, confirm: Confirm): Promise<void> {
  if (isPaused(deployment)) return endPause(ecs, deployment, "ROLLBACK", confirm);
  const { serviceDeploymentArn } = deployment;
  await confirm();
  await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ROLLBACK" }));
}

/** The alarms that had it rolled back. */
export const trippedAlarms = ({ alarms }: ServiceDeployment): readonly string[] => alarms?.triggeredAlarmNames ?? [];

/** What a service deployment says of a release; why it failed is found out elsewhere. */
export function seenOf({ deployment, taskDefinition, isNewest }: OurDeployment, service: Service): ReleaseSeen {
  const target = deployment.targetServiceRevision;
  const isDisplaced = deployment.status === "STOPPED" && !isNewest && service.status === "ACTIVE";
  const state = isDisplaced ? "displaced" : stateOf[deployment.status ?? "PENDING"];
  const desired = target?.requestedTaskCount ?? service.desiredCount ?? 1;
  return {
    ...unseenRelease(desired),
    state,
    task_definition: taskDefinition,
    healthy: target?.runningTaskCount ?? 0,
    traffic: state === "succeeded" ? 100 : (target?.requestedProductionTrafficWeight ?? 0),
    baking: deployment.lifecycleStage === "BAKE_TIME",
    paused: isPaused(deployment),
    restored: deployment.status === "ROLLBACK_SUCCESSFUL",
  };
}
