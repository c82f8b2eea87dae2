import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  type ECSClient,
  InvalidParameterException,
  type Service,
  ServiceNotActiveException,
  ServiceNotFoundException,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { type Settings, tasksOf } from "../../core/app.ts";
import type { ReleaseOrder } from "../../core/ports/releases.ts";
import type { Front } from "./front.ts";
import { isWithin, networkConfiguration } from "./network-configuration.ts";
import { ecsTags, ownerTags, type ReleasesOptions, serviceName } from "./options.ts";
import { isUnderWay } from "./service-deployment.ts";
import { deploymentConfiguration, loadBalancerNow, loadBalancerOf } from "./strategy.ts";

/** The one service of ECS that an app has. */
export function services(ecs: ECSClient, options: ReleasesOptions) {
  const { cluster } = options;

  const create = (order: ReleaseOrder, taskDefinition: string, front: Front) =>
    ecs.send(
      new CreateServiceCommand({
        // There is nothing yet that an alarm could put back.
        ...desired(order, taskDefinition, [], front),
        desiredCount: tasksOf(order.settings).min,
        cluster,
        serviceName: serviceName(options, order.app_id),
        clientToken: `slipway-${order.app_id}-${order.deployment_id}`,
        launchType: "FARGATE",
        loadBalancers: [loadBalancerOf(front, order.settings.port, options)],
        networkConfiguration: networkConfiguration(options),
        propagateTags: "SERVICE",
        tags: ecsTags(ownerTags(options, order.app_id)),
      }),
    );

  const update = (
    order: ReleaseOrder,
    taskDefinition: string,
    front: Front,
    now: Service,
    alarmNames: readonly string[],
  ) => {
    const { port } = order.settings;
    const [balancer] = now.loadBalancers ?? [];
    const wanted = loadBalancerNow(now, front, port) ?? loadBalancerOf(front, port, options);
    // What is not named stays as it is; naming it makes ECS look at all of it again.
    const isSame =
      balancer?.advancedConfiguration?.productionListenerRule === front.production &&
      balancer.containerPort === wanted.containerPort;
    return ecs.send(
      new UpdateServiceCommand({
        ...desired(order, taskDefinition, alarmNames, front),
        // What scales it says how many.
        ...(order.settings.scaling === null ? { desiredCount: order.settings.instances } : {}),
        cluster,
        service: serviceName(options, order.app_id),
        ...(isSame ? {} : { loadBalancers: [wanted] }),
        ...(isWithin(options, now) ? {} : { networkConfiguration: networkConfiguration(options) }),
      }),
    );
  };

  return {
    /** `null`: there is none, or it is gone. */
    find: async (appId: number): Promise<Service | null> => {
      const answer = await ecs.send(new DescribeServicesCommand({ cluster, services: [serviceName(options, appId)] }));
      const service = answer.services?.[0];
      return service === undefined || service.status === "INACTIVE" ? null : service;
    },

    /**
     * Whether something else is under way, which a release has to wait for: where it is an earlier version that is put back, ECS
     * would go back to what that replaced if this release failed. To shift traffic ECS wants that as well.
     */
    isBusy: (appId: number): Promise<boolean> => isUnderWay(ecs, cluster, serviceName(options, appId)),

    /**
     * Whether a service that is not busy is ready for this release. To shift traffic ECS wants that what serves was deployed with
     * both target groups. Where it was not, that is done first, with the version that serves.
     */
    prepare: async (order: ReleaseOrder, now: Service, front: Front): Promise<boolean> => {
      const service = serviceName(options, order.app_id);
      if (deploymentConfiguration(order.settings, [], front.needsOtherGroup).strategy === "ROLLING") return true;
      const [balancer] = now.loadBalancers ?? [];
      if (balancer === undefined || balancer.advancedConfiguration !== undefined) return true;
      const port = balancer.containerPort ?? order.settings.port;
      await ecs.send(
        new UpdateServiceCommand({
          cluster,
          service,
          loadBalancers: [loadBalancerOf(front, port, options)],
          deploymentConfiguration: deploymentConfiguration(rolling(order.settings), [], false),
        }),
      );
      return false;
    },

    /**
     * Makes it, with what is ordered. `false`: there is one that ECS does not show yet, made by a start that was believed dead;
     * which one it is shows a little later.
     */
    create: async (order: ReleaseOrder, taskDefinition: string, front: Front): Promise<boolean> => {
      try {
        await create(order, taskDefinition, front);
        return true;
      } catch (error) {
        if (error instanceof InvalidParameterException && /not idempotent/i.test(error.message)) return false;
        throw error;
      }
    },

    /** Has it run what is ordered, as long as none of these alarms trips. `now`: as it is. */
    update: async (...release: Parameters<typeof update>): Promise<void> => {
      await update(...release);
    },

    /** Has it run a version of before again, as it was released last. */
    putBack: async (appId: number, taskDefinition: string): Promise<void> => {
      await ecs.send(new UpdateServiceCommand({ cluster, service: serviceName(options, appId), taskDefinition }));
    },

    remove: async (appId: number): Promise<void> => {
      try {
        await ecs.send(new DeleteServiceCommand({ cluster, service: serviceName(options, appId), force: true }));
      } catch (error) {
        // Somebody deleted it between the read and the call: that is what was wanted.
        if (!(error instanceof ServiceNotFoundException || error instanceof ServiceNotActiveException)) throw error;
      }
    },
  };
}

/** That waits for nothing. */
const rolling = (settings: Settings): Settings => ({ ...settings, strategy: { type: "rolling" }, processes: [] });

const desired = (
  { settings }: ReleaseOrder,
  taskDefinition: string,
  alarmNames: readonly string[],
  { needsOtherGroup }: Front,
) => ({
  taskDefinition,
  healthCheckGracePeriodSeconds: settings.startup_seconds,
  deploymentConfiguration: deploymentConfiguration(settings, alarmNames, needsOtherGroup),
});
