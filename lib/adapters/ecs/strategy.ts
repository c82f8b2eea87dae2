import type { DeploymentConfiguration, LoadBalancer, Service } from "@aws-sdk/client-ecs";
import type { Settings, Strategy } from "../../core/app.ts";
import type { Front } from "./load-balancing.ts";
import type { ReleasesOptions } from "./options.ts";
import { containerName } from "./task-definition.ts";

/** Long enough for the worker to come; if it never does, ECS puts the earlier version back. */
const pauseMinutes = 30;

function shiftOf(strategy: Strategy): DeploymentConfiguration {
  switch (strategy.type) {
    case "rolling":
      // A rolling update has no moment between healthy and visited: what is to be checked before that starts beside the earlier one.
      return strategy.smoke_check ? { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 } : { strategy: "ROLLING" };
    case "blue_green":
      return { strategy: "BLUE_GREEN", bakeTimeInMinutes: strategy.bake_minutes };
    case "linear":
      return {
        strategy: "LINEAR",
        bakeTimeInMinutes: strategy.bake_minutes,
        linearConfiguration: {
          stepPercent: strategy.step_percent,
          stepBakeTimeInMinutes: strategy.step_bake_minutes,
        },
      };
    case "canary":
      return {
        strategy: "CANARY",
        bakeTimeInMinutes: strategy.bake_minutes,
        canaryConfiguration: {
          canaryPercent: strategy.percent,
          canaryBakeTimeInMinutes: strategy.canary_bake_minutes,
        },
      };
  }
}

/**
 * New tasks start beside the old ones, three that fail undo the release, and a smoke check comes before any traffic.
 * `alarmNames`: those that undo it when they trip.
 */
export function deploymentConfiguration(
  { strategy, auto_rollback }: Settings,
  alarmNames: readonly string[],
): DeploymentConfiguration {
  const watched = alarmNames.length > 0;
  return {
    ...shiftOf(strategy),
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    deploymentCircuitBreaker: { enable: true, rollback: auto_rollback },
    // Said also where there are none: what is not said stays as it was.
    alarms: { alarmNames: [...alarmNames], enable: watched, rollback: watched },
    lifecycleHooks: strategy.smoke_check
      ? [
          {
            targetType: "PAUSE",
            lifecycleStages: ["POST_TEST_TRAFFIC_SHIFT"],
            timeoutConfiguration: { timeoutInMinutes: pauseMinutes, action: "ROLLBACK" },
          },
        ]
      : [],
  };
}

/** What a service needs that may change its strategy: all have it, whatever theirs is now. */
export function loadBalancerOf(front: Front, port: number, options: ReleasesOptions): LoadBalancer {
  const [targetGroupArn, alternateTargetGroupArn] = front.serving;
  return {
    targetGroupArn,
    containerName,
    containerPort: port,
    advancedConfiguration: {
      alternateTargetGroupArn,
      productionListenerRule: front.production,
      testListenerRule: front.test,
      roleArn: options.infrastructureRoleArn,
    },
  };
}

/** The rule with which a service shifts its traffic; `null`: none yet. */
export const productionRuleOf = (service: Service | null): string | null =>
  service?.loadBalancers?.[0]?.advancedConfiguration?.productionListenerRule ?? null;

/** That of the service with the port of this release. `null`: it was made when services had one target group. */
export function loadBalancerNow(service: Service, port: number): LoadBalancer | null {
  const [now] = service.loadBalancers ?? [];
  return now?.advancedConfiguration === undefined ? null : { ...now, containerPort: port };
}
