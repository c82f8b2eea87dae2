import type { LocalContext } from "../part.ts";
import type { Teller } from "./events.ts";
import type { Revision, Service, ServiceDeployment } from "./model.ts";
import type { Store } from "./store.ts";
import type { DeploymentStatus } from "./strategy.ts";

const FINISHED: readonly DeploymentStatus[] = ["STOPPED", "SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"];

export const isFinished = ({ status }: Pick<ServiceDeployment, "status">): boolean => FINISHED.includes(status);

/** The service deployments as they come, go on and end. */
export interface Deploying {
  /** Makes a service revision of what the service now says, and a service deployment of that. One that is unfinished is stopped. */
  begin(service: Service, sources: readonly string[]): Service;
  /** Carries out a status that a strategy decided on. */
  enter(service: Service, deployment: ServiceDeployment, status: DeploymentStatus, reason: string): void;
  /** `by`: 1 more task failed; `null`: one became healthy, which clears the count. */
  count(deployment: ServiceDeployment, by: 1 | null): void;
}

export function createDeploying(context: LocalContext, store: Store, teller: Teller): Deploying {
  const { clock, randomHex } = context;
  // As AWS makes them: `ecs-svc/` and a decimal number.
  const startedBy = (): string =>
    `ecs-svc/${BigInt(`0x${randomHex(15)}`)
      .toString()
      .padStart(19, "0")}`;
  const digits = (): string =>
    BigInt(`0x${randomHex(15)}`)
      .toString()
      .padStart(19, "0");
  const update = (one: ServiceDeployment, changes: Partial<ServiceDeployment>): ServiceDeployment => {
    const changed = { ...one, ...changes, updatedAt: clock.now() };
    store.deployments.put(one.arn, changed);
    return changed;
  };

  const supersede = (service: Service): void => {
    const unfinished = service.deployment === null ? undefined : store.deployments.get(service.deployment);
    if (unfinished === undefined) return;
    const now = clock.now();
    const statusReason = "Service deployment superseded by a newer one.";
    update(unfinished, { status: "STOPPED", statusReason, stoppedAt: now, finishedAt: now });
  };

  const reviseOf = (service: Service, createdAt: number): Revision => ({
    arn: store.arn(`service-revision/${service.cluster}/${service.name}/${digits()}`),
    serviceArn: service.arn,
    clusterArn: store.arn(`cluster/${service.cluster}`),
    taskDefinition: service.taskDefinition,
    loadBalancers: service.loadBalancers,
    networkConfiguration: service.networkConfiguration,
    launchType: service.launchType,
    createdAt,
  });

  const begin: Deploying["begin"] = (service, sources) => {
    supersede(service);
    // Later than any other, so that the newest is first in lists.
    const newest = store.deploymentsOf(service.arn)[0]?.createdAt ?? 0;
    const now = Math.max(clock.now(), newest + 1);
    const revision = reviseOf(service, now);
    store.revisions.put(revision.arn, revision);
    const deployment: ServiceDeployment = {
      arn: store.arn(`service-deployment/${service.cluster}/${service.name}/${randomHex(20)}`),
      serviceArn: service.arn,
      clusterArn: revision.clusterArn,
      startedBy: startedBy(),
      status: "PENDING",
      sources: [...sources],
      target: revision.arn,
      deploymentConfiguration: service.deploymentConfiguration,
      failures: 0,
      tripped: false,
      rollback: null,
      createdAt: now,
      updatedAt: now,
    };
    store.deployments.put(deployment.arn, deployment);
    return store.change(service, { deployment: deployment.arn, halted: false });
  };

  const rollBack = (service: Service, deployment: ServiceDeployment, reason: string): void => {
    const fallback = service.steady ?? "";
    const rollback = {
      reason,
      startedAt: clock.now(),
      serviceRevisionArn: fallback,
      failures: 0,
      startedBy: startedBy(),
    };
    teller.deployment(service, deployment, "SERVICE_DEPLOYMENT_FAILED", reason);
    update(deployment, {
      status: "ROLLBACK_IN_PROGRESS",
      statusReason: reason,
      tripped: deployment.status === "IN_PROGRESS",
      rollback,
    });
    const taskDefinition = store.revisions.get(fallback)?.taskDefinition ?? service.taskDefinition;
    store.change(store.service(service.arn), { taskDefinition });
    teller.say(service.arn, `rolling back to deployment ${rollback.startedBy}.`);
    const again = `ECS deployment circuit breaker: rolling back to deploymentId ${rollback.startedBy}.`;
    teller.deployment(service, rollback, "SERVICE_DEPLOYMENT_IN_PROGRESS", again);
  };

  const finish = (service: Service, deployment: ServiceDeployment, status: DeploymentStatus, reason: string): void => {
    const now = clock.now();
    const stopped = status === "SUCCESSFUL" ? {} : { stoppedAt: now };
    const tripped = deployment.tripped || (status === "STOPPED" && deployment.status === "IN_PROGRESS");
    const statusReason = reason === "" ? deployment.statusReason : reason;
    update(deployment, {
      status,
      tripped,
      finishedAt: now,
      ...stopped,
      ...(statusReason === undefined ? {} : { statusReason }),
    });
    const id = deployment.rollback?.startedBy ?? deployment.startedBy;
    const failed = status === "STOPPED" || status === "ROLLBACK_FAILED";
    const steady = status === "SUCCESSFUL" ? deployment.target : service.steady;
    store.change(store.service(service.arn), { deployment: null, steady, halted: status === "STOPPED" });
    teller.say(service.arn, `(deployment ${id}) deployment ${failed ? `failed: ${reason}` : "completed."}`);
    if (!failed) teller.say(service.arn, "has reached a steady state.");
    const completed = `ECS deployment ${id} completed.`;
    const name = failed ? "SERVICE_DEPLOYMENT_FAILED" : "SERVICE_DEPLOYMENT_COMPLETED";
    teller.deployment(service, { startedBy: id }, name, failed ? reason : completed);
  };

  return {
    begin,
    enter: (service, deployment, status, reason) => {
      if (status === "ROLLBACK_IN_PROGRESS") return rollBack(service, deployment, reason);
      if (status !== "IN_PROGRESS") return finish(service, deployment, status, reason);
      const startedAt = clock.now();
      update(deployment, { status, startedAt });
      const running = `ECS deployment ${deployment.startedBy} in progress.`;
      teller.deployment(service, deployment, "SERVICE_DEPLOYMENT_IN_PROGRESS", running);
    },
    count: (deployment, by) => {
      const next = (failures: number): number => (by === null ? 0 : failures + by);
      const { rollback } = deployment;
      if (rollback === null) update(deployment, { failures: next(deployment.failures) });
      else update(deployment, { rollback: { ...rollback, failures: next(rollback.failures) } });
    },
  };
}
