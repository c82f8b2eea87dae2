import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  type Service,
  type ServiceDeployment,
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

const stateOf: Readonly<Record<string, ReleaseSeen["state"]>> = {
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

export const finished = (deployment: ServiceDeployment): boolean =>
  ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"].includes(deployment.status ?? "");

/** The one pause that a release can have; `undefined` before it is reached. */
export const hookOf = ({ lifecycleHookDetails }: ServiceDeployment) =>
  lifecycleHookDetails?.find(({ targetType }) => targetType === "PAUSE");

/** Whether it waits for somebody to say that it may get traffic. */
export const isPaused = (deployment: ServiceDeployment): boolean =>
  deployment.status === "IN_PROGRESS" && hookOf(deployment)?.status === "AWAITING_ACTION";

/** What a service deployment says of a release; why it failed is found out elsewhere. */
export function seenOf(deployment: ServiceDeployment, service: Service): ReleaseSeen {
  const target = deployment.targetServiceRevision;
  const state = stateOf[deployment.status ?? ""] ?? "in_progress";
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
    exit_code: null,
    restored: deployment.status === "ROLLBACK_SUCCESSFUL",
  };
}
