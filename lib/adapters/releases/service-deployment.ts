import {
  ContinueServiceDeploymentCommand,
  type DeploymentLifecycleHookAction,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  type Service,
  type ServiceDeployment,
  type ServiceDeploymentStatus,
  StopServiceDeploymentCommand,
} from "@aws-sdk/client-ecs";
import type { ReleaseSeen } from "../../core/event.ts";
import { isOf } from "./task-definition.ts";

/** Ours is among the newest: an app releases one at a time. */
const newest = 5;

export interface OurDeployment {
  readonly deployment: ServiceDeployment;
  readonly taskDefinition: string;
}

/**
 * The service deployment whose target is our task definition. A rollback's own service deployment has another target,
 * so what it says cannot be mistaken for ours.
 */
export async function ourDeployment(
  ecs: ECSClient,
  cluster: string,
  service: string,
  deploymentId: number,
  taskDefinition: string | null,
): Promise<OurDeployment | null> {
  const listed = await ecs.send(new ListServiceDeploymentsCommand({ cluster, service, maxResults: newest }));
  const arns = (listed.serviceDeployments ?? []).flatMap((each) => each.serviceDeploymentArn ?? []);
  if (arns.length === 0) return null;
  const { serviceDeployments = [] } = await ecs.send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns }),
  );
  const targets = serviceDeployments.flatMap((each) => each.targetServiceRevision?.arn ?? []);
  const { serviceRevisions = [] } = await ecs.send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: [...new Set(targets)] }),
  );
  for (const each of serviceDeployments) {
    const revision = serviceRevisions.find(
      (candidate) => candidate.serviceRevisionArn === each.targetServiceRevision?.arn,
    );
    const target = revision?.taskDefinition;
    if (target === undefined) continue;
    if (taskDefinition === null ? await definitionIsOf(ecs, target, deploymentId) : target === taskDefinition)
      return { deployment: each, taskDefinition: target };
  }
  return null;
}

async function definitionIsOf(ecs: ECSClient, taskDefinition: string, deploymentId: number): Promise<boolean> {
  const answer = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  return isOf(answer.taskDefinition, deploymentId);
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
): Promise<void> {
  const { serviceDeploymentArn } = deployment;
  const hookId = hookOf(deployment)?.hookId;
  await ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId, action }));
}

/** Has the earlier version put back, also while it is paused. */
export async function rollBack(ecs: ECSClient, deployment: ServiceDeployment): Promise<void> {
  if (isPaused(deployment)) return endPause(ecs, deployment, "ROLLBACK");
  const { serviceDeploymentArn } = deployment;
  await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ROLLBACK" }));
}

/** The alarms that had it rolled back. */
export const trippedAlarms = ({ alarms }: ServiceDeployment): readonly string[] => alarms?.triggeredAlarmNames ?? [];

/** What a service deployment says of a release; why it failed is found out elsewhere. */
export function seenOf(deployment: ServiceDeployment, service: Service): ReleaseSeen {
  const target = deployment.targetServiceRevision;
  const state = stateOf[deployment.status ?? "PENDING"];
  const desired = target?.requestedTaskCount ?? service.desiredCount ?? 1;
  return {
    type: "release_seen",
    state,
    healthy: target?.runningTaskCount ?? 0,
    desired,
    traffic: state === "succeeded" ? 100 : (target?.requestedProductionTrafficWeight ?? 0),
    baking: deployment.lifecycleStage === "BAKE_TIME",
    paused: isPaused(deployment),
    reason: null,
    alarm: null,
    printed: null,
    exit_code: null,
    restored: deployment.status === "ROLLBACK_SUCCESSFUL",
  };
}
