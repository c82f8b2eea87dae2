import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import {
  ClientException,
  ContinueServiceDeploymentCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  InvalidParameterException,
  RegisterTaskDefinitionCommand,
  type Service,
  type ServiceDeployment,
  ServiceNotActiveException,
  ServiceNotFoundException,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ReleaseOrder, ReleaseStart, Releases } from "../../ports/releases.ts";
import { failureReason } from "./failure.ts";
import { type Front, loadBalancing } from "./load-balancing.ts";
import { ownerTag, type ReleasesOptions, serviceName } from "./options.ts";
import { finished, hookOf, isPaused, ourDeployment, seenOf } from "./service-deployment.ts";
import { wrongAnswer } from "./smoke-check.ts";
import { deploymentConfiguration, loadBalancerNow, loadBalancerOf } from "./strategy.ts";
import { isOf, taskDefinitionOf } from "./task-definition.ts";

export interface ReleaseClients {
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly logs: CloudWatchLogsClient;
  /** Takes an app's secrets out of what the app printed, before a person reads it. */
  readonly redactionFor: (appId: number) => Promise<(line: string) => string>;
}

/** Releases as services of ECS behind one load balancer. */
export function awsReleases(clients: ReleaseClients, options: ReleasesOptions): Releases {
  const { ecs } = clients;
  const { cluster } = options;
  const front = loadBalancing(clients.elb, options);

  const serviceOf = async (appId: number): Promise<Service | null> => {
    const answer = await ecs.send(new DescribeServicesCommand({ cluster, services: [serviceName(appId)] }));
    const service = answer.services?.[0];
    return service === undefined || service.status === "INACTIVE" ? null : service;
  };

  const oursOf = (order: ReleaseOrder, taskDefinition: string | null) =>
    ourDeployment(ecs, cluster, serviceName(order.app_id), order.deployment_id, taskDefinition);

  const isReleasing = async (service: Service, deploymentId: number): Promise<boolean> => {
    if (service.taskDefinition === undefined) return false;
    const answer = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: service.taskDefinition }));
    return isOf(answer.taskDefinition, deploymentId);
  };

  const release = async (order: ReleaseOrder, service: Service | null, front: Front): Promise<ReleaseStart> => {
    const registered = await ecs.send(new RegisterTaskDefinitionCommand(taskDefinitionOf(order, options)));
    const taskDefinition = registered.taskDefinition?.taskDefinitionArn;
    if (taskDefinition === undefined) throw new Error("ECS registered a task definition without an ARN.");
    const desired = {
      taskDefinition,
      desiredCount: order.settings.instances,
      deploymentConfiguration: deploymentConfiguration(order.settings),
    };
    const { port } = order.settings;
    const loadBalancer = (service && loadBalancerNow(service, port)) ?? loadBalancerOf(front, port, options);
    if (service === null) {
      await ecs.send(
        new CreateServiceCommand({
          ...desired,
          cluster,
          serviceName: serviceName(order.app_id),
          clientToken: `slipway-${order.app_id}-${order.deployment_id}`,
          launchType: "FARGATE",
          loadBalancers: [loadBalancer],
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: [...options.subnetIds],
              securityGroups: [options.taskSecurityGroupId],
              assignPublicIp: "ENABLED",
            },
          },
          healthCheckGracePeriodSeconds: 30,
          propagateTags: "SERVICE",
          tags: [{ key: ownerTag, value: String(order.app_id) }],
        }),
      );
    } else {
      const change = { ...desired, loadBalancers: [loadBalancer] };
      await ecs.send(new UpdateServiceCommand({ ...change, cluster, service: serviceName(order.app_id) }));
    }
    return started(order, taskDefinition, front.url);
  };

  /**
   * Whether the service is ready for a strategy that shifts traffic: ECS wants nothing else under way, and that what serves was
   * deployed with both target groups. Where it was not, that is done first, with the version that serves.
   */
  const mayShift = async (order: ReleaseOrder, service: Service, front: Front): Promise<boolean> => {
    if (deploymentConfiguration(order.settings).strategy === "ROLLING") return true;
    const [now] = service.loadBalancers ?? [];
    if (service.currentServiceDeployment !== undefined) return false;
    if (now === undefined || now.advancedConfiguration !== undefined) return true;
    await ecs.send(
      new UpdateServiceCommand({
        cluster,
        service: serviceName(order.app_id),
        loadBalancers: [loadBalancerOf(front, now.containerPort ?? order.settings.port, options)],
        deploymentConfiguration: deploymentConfiguration({ ...order.settings, strategy: { type: "rolling" } }),
      }),
    );
    return false;
  };

  const started = (order: ReleaseOrder, taskDefinition: string, url: string): ReleaseStart => ({
    outcome: "started",
    task_definition: taskDefinition,
    url: options.appUrl === "" ? url : options.appUrl.replace("{name}", order.settings.name),
    load_balancer_url: url,
  });

  const start = async (order: ReleaseOrder): Promise<ReleaseStart> => {
    const facing = await front.ensure(order.app_id, order.settings);
    if (facing === "waiting") return { outcome: "waiting" };
    if (facing === "full")
      return {
        outcome: "refused",
        message: "The load balancer has no port left for another app. Delete an app, or install Slipway with a domain.",
      };
    const service = await serviceOf(order.app_id);
    if (service?.status === "DRAINING") return { outcome: "waiting" };
    const known = service?.taskDefinition;
    if (service !== null && known !== undefined && (await isReleasing(service, order.deployment_id)))
      return started(order, known, facing.url);
    // Started before, and rolled back before anybody noted that it was: once is enough.
    const before = service && (await oursOf(order, null));
    if (before) return started(order, before.taskDefinition, facing.url);
    if (service !== null && !(await mayShift(order, service, facing))) return { outcome: "waiting" };
    return release(order, service, facing);
  };

  const goOn = (ours: ServiceDeployment, action: "CONTINUE" | "ROLLBACK") =>
    ecs.send(
      new ContinueServiceDeploymentCommand({
        serviceDeploymentArn: ours.serviceDeploymentArn,
        hookId: hookOf(ours)?.hookId,
        action,
      }),
    );

  return {
    start: async (order) => {
      try {
        return await start(order);
      } catch (error) {
        // ECS says by these that the request itself is wrong; asking again would not help.
        if (!(error instanceof InvalidParameterException || error instanceof ClientException)) throw error;
        return { outcome: "refused", message: `ECS refused the release: ${error.message}. Check the app's settings.` };
      }
    },

    see: async (order, taskDefinition) => {
      const service = await serviceOf(order.app_id);
      const ours = service && (await oursOf(order, taskDefinition))?.deployment;
      if (service === null || !ours)
        return { ...nothing(order), reason: "The service is gone from ECS. Deploy again." };
      const seen = seenOf(ours, service);
      return seen.state === "failed"
        ? { ...seen, ...(await failureReason(clients, options, order, service, ours)) }
        : seen;
    },

    check: async (order, taskDefinition) => {
      const service = await serviceOf(order.app_id);
      const ours = (service && (await oursOf(order, taskDefinition)))?.deployment;
      if (ours === undefined || hookOf(ours)?.status === "SUCCEEDED")
        return { outcome: ours === undefined ? "waiting" : "passed" };
      const facing = isPaused(ours) ? await front.ensure(order.app_id, order.settings) : "waiting";
      if (typeof facing === "string") return { outcome: "waiting" };
      const wrong = await wrongAnswer(order, facing);
      if (wrong !== null) return { outcome: "failed", seen: wrong };
      await goOn(ours, "CONTINUE");
      return { outcome: "passed" };
    },

    stop: async (order, taskDefinition) => {
      const service = await serviceOf(order.app_id);
      const ours = service && (await oursOf(order, taskDefinition))?.deployment;
      if (!ours) return;
      const earlier = (ours.sourceServiceRevisions ?? []).length > 0;
      if (!earlier) return deleteService(ecs, cluster, serviceName(order.app_id));
      if (finished(ours)) return;
      if (isPaused(ours)) {
        await goOn(ours, "ROLLBACK");
        return;
      }
      await ecs.send(
        new StopServiceDeploymentCommand({ serviceDeploymentArn: ours.serviceDeploymentArn, stopType: "ROLLBACK" }),
      );
    },

    remove: async (app) => {
      if ((await serviceOf(app.id)) !== null) {
        await deleteService(ecs, cluster, serviceName(app.id));
        if ((await serviceOf(app.id)) !== null) return false;
      }
      await front.remove(app.id);
      return true;
    },

    appOf: (serviceArn) => {
      const id = /:service\/[^/]+\/slipway-(\d+)$/.exec(serviceArn)?.[1];
      return id === undefined ? null : Number(id);
    },
  };
}

const nothing = (order: ReleaseOrder) =>
  ({
    type: "release_seen",
    state: "failed",
    healthy: 0,
    desired: order.settings.instances,
    traffic: 0,
    baking: false,
    paused: false,
    exit_code: null,
    restored: false,
  }) as const;

async function deleteService(ecs: ECSClient, cluster: string, service: string): Promise<void> {
  try {
    await ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
  } catch (error) {
    // Somebody deleted it between the look and the call: that is what was wanted.
    if (!(error instanceof ServiceNotFoundException || error instanceof ServiceNotActiveException)) throw error;
  }
}
