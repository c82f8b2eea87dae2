import type { EcsDeps } from "./deps.ts";
import { isFinished, type Revision, type Service, type ServiceDeployment, targetGroupsOf } from "./model.ts";
import type { Store } from "./store.ts";
import { breakerThreshold } from "./strategy.ts";
import type { TaskSet } from "./task-set.ts";
import type { TrafficRule } from "./traffic.ts";

const seconds = (ms: number): number => ms / 1000;
const maybe = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

/** How many tasks of a service revision run and are about to. Tasks on their way out still run. */
function counts(taskSet: TaskSet, serviceArn: string, revision: string): { running: number; pending: number } {
  const tasks = taskSet.of(serviceArn).filter(({ task }) => task.revision === revision);
  const pending = tasks.filter(({ task }) => task.lastStatus === "PROVISIONING").length;
  return { pending, running: tasks.length - pending };
}

/** The service revisions of a service as `DescribeServices` lists them under `deployments`: what is wanted first. */
function showDeployments(store: Store, taskSet: TaskSet, service: Service): unknown[] {
  const all = store.deploymentsOf(service.arn);
  const current = all.find(({ arn }) => arn === service.deployment);
  const steady = all.find(({ target, status }) => target === service.steady && status === "SUCCESSFUL");
  const last = all[0];
  const wanted = current ?? (service.halted ? last : steady);
  const shown = [wanted, current === undefined ? undefined : steady].flatMap((one) => one ?? []);
  return shown.map((deployment, index) => {
    const revision = store.revisions.get(deployment.target);
    const { running, pending } = counts(taskSet, service.arn, deployment.target);
    const failed = deployment.tripped || deployment.status === "STOPPED";
    const unfinished = deployment.arn === service.deployment;
    return {
      id: deployment.startedBy,
      status: index === 0 ? "PRIMARY" : "ACTIVE",
      taskDefinition: revision?.taskDefinition,
      desiredCount: index === 0 ? service.desiredCount : running,
      runningCount: running,
      pendingCount: pending,
      failedTasks: deployment.failures,
      createdAt: seconds(deployment.createdAt),
      updatedAt: seconds(deployment.updatedAt),
      launchType: service.launchType,
      networkConfiguration: service.networkConfiguration,
      rolloutState: failed ? "FAILED" : unfinished ? "IN_PROGRESS" : "COMPLETED",
      rolloutStateReason: failed
        ? deployment.statusReason
        : `ECS deployment ${deployment.startedBy} ${unfinished ? "in progress" : "completed"}.`,
    };
  });
}

export function showService(store: Store, taskSet: TaskSet, service: Service) {
  const live = taskSet.of(service.arn);
  const pending = live.filter(({ task }) => task.lastStatus === "PROVISIONING").length;
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: store.arn(`cluster/${service.cluster}`),
    status: service.status,
    taskDefinition: service.taskDefinition,
    desiredCount: service.desiredCount,
    runningCount: live.length - pending,
    pendingCount: pending,
    launchType: service.launchType,
    loadBalancers: service.loadBalancers,
    networkConfiguration: service.networkConfiguration,
    deploymentConfiguration: service.deploymentConfiguration,
    deploymentController: { type: "ECS" },
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds,
    schedulingStrategy: "REPLICA",
    propagateTags: service.propagateTags,
    createdAt: seconds(service.createdAt),
    createdBy: service.createdBy,
    currentServiceDeployment: service.deployment ?? undefined,
    currentServiceRevisions: [...new Set(live.map(({ task }) => task.revision))].map((arn) => {
      const { running, pending: waiting } = counts(taskSet, service.arn, arn);
      return { arn, runningTaskCount: running, pendingTaskCount: waiting, requestedTaskCount: service.desiredCount };
    }),
    deployments: showDeployments(store, taskSet, service),
    events: service.events.map(({ createdAt, ...event }) => ({ ...event, createdAt: seconds(createdAt) })),
    tags: service.tags,
  };
}

function breakerStatus({ deploymentConfiguration, tripped, status }: ServiceDeployment): string {
  if (!deploymentConfiguration.deploymentCircuitBreaker.enable) return "DISABLED";
  if (tripped) return "TRIGGERED";
  return status === "SUCCESSFUL" ? "MONITORING_COMPLETE" : "MONITORING";
}

function showAlarms({ deploymentConfiguration, ignoresAlarms, triggered, status }: ServiceDeployment): unknown {
  const { alarmNames, enable } = deploymentConfiguration.alarms;
  const watching = status === "SUCCESSFUL" ? "MONITORING_COMPLETE" : "MONITORING";
  const shown = triggered.length > 0 ? "TRIGGERED" : watching;
  return { alarmNames, triggeredAlarmNames: triggered, status: enable && !ignoresAlarms ? shown : "DISABLED" };
}

/** Percent of the traffic on the target of a deployment. What is over is as it was to be. */
function trafficOf({ store, traffic }: EcsDeps, one: ServiceDeployment, rule: TrafficRule): number {
  const settled = one.rollback === null ? 100 : 0;
  if (one.shift === null || isFinished(one)) return settled;
  return traffic.share(store.revisions.get(one.target), rule) ?? settled;
}

function showHook(one: ServiceDeployment, minuteMs: number): unknown[] {
  const [configured] = one.deploymentConfiguration.lifecycleHooks;
  if (one.shift?.hook == null || configured === undefined) return [];
  const { timeoutInMinutes, action } = configured.timeoutConfiguration;
  const { id, status } = one.shift.hook;
  const expiresAt = seconds(one.shift.since + timeoutInMinutes * minuteMs);
  return [{ hookId: id, targetType: "PAUSE", status, expiresAt, timeoutAction: action }];
}

export function showServiceDeployment(deps: EcsDeps, one: ServiceDeployment): unknown {
  const { store, minuteMs } = deps;
  const { taskSet } = deps.scheduler;
  const { desiredCount } = store.service(one.serviceArn);
  const wanted = one.rollback?.serviceRevisionArn ?? one.target;
  const onTarget = trafficOf(deps, one, "production");
  const tests = one.shift === null ? undefined : trafficOf(deps, one, "test");
  const sources = one.sources.filter((arn) => arn !== one.target);
  const summary = (arn: string) => {
    const { running, pending } = counts(taskSet, one.serviceArn, arn);
    const requested = arn === wanted;
    return {
      arn,
      requestedTaskCount: requested || arn === one.target ? desiredCount : 0,
      runningTaskCount: running,
      pendingTaskCount: pending,
      requestedProductionTrafficWeight: arn === one.target ? onTarget : arn === sources[0] ? 100 - onTarget : 0,
      requestedTestTrafficWeight: tests === undefined ? undefined : arn === one.target ? tests : 100 - tests,
    };
  };
  const { rollback } = one;
  return {
    serviceDeploymentArn: one.arn,
    serviceArn: one.serviceArn,
    clusterArn: one.clusterArn,
    createdAt: seconds(one.createdAt),
    updatedAt: seconds(one.updatedAt),
    startedAt: maybe(one.startedAt),
    stoppedAt: maybe(one.stoppedAt),
    finishedAt: maybe(one.finishedAt),
    status: one.status,
    statusReason: one.statusReason,
    lifecycleStage: isFinished(one) ? undefined : one.shift?.stage,
    lifecycleHookDetails: showHook(one, minuteMs),
    sourceServiceRevisions: one.sources.map(summary),
    targetServiceRevision: summary(one.target),
    deploymentConfiguration: one.deploymentConfiguration,
    rollback:
      rollback === null
        ? undefined
        : {
            reason: rollback.reason,
            startedAt: seconds(rollback.startedAt),
            serviceRevisionArn: rollback.serviceRevisionArn,
          },
    alarms: showAlarms(one),
    deploymentCircuitBreaker: {
      status: breakerStatus(one),
      failureCount: one.failures,
      threshold: breakerThreshold(desiredCount),
    },
  };
}

export function showBrief(one: ServiceDeployment): unknown {
  return {
    serviceDeploymentArn: one.arn,
    serviceArn: one.serviceArn,
    clusterArn: one.clusterArn,
    createdAt: seconds(one.createdAt),
    startedAt: maybe(one.startedAt),
    finishedAt: maybe(one.finishedAt),
    targetServiceRevisionArn: one.target,
    status: one.status,
    statusReason: one.statusReason,
  };
}

export const showRevision = (one: Revision, image: string, containerName: string): unknown => ({
  serviceRevisionArn: one.arn,
  serviceArn: one.serviceArn,
  clusterArn: one.clusterArn,
  taskDefinition: one.taskDefinition,
  launchType: one.launchType,
  loadBalancers: one.loadBalancers,
  resolvedConfiguration: {
    loadBalancers: targetGroupsOf(one).map((targetGroupArn, index) => ({
      targetGroupArn,
      productionListenerRule: one.loadBalancers[index]?.advancedConfiguration?.productionListenerRule,
    })),
  },
  networkConfiguration: one.networkConfiguration,
  containerImages: [{ containerName, image, imageDigest: image.split("@")[1] }],
  createdAt: seconds(one.createdAt),
});
