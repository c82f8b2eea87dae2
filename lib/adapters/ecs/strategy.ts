import type { DeploymentConfiguration, LoadBalancer, Service } from "@aws-sdk/client-ecs";
import type { Settings, Strategy } from "../../core/app.ts";
import { awaitsProcesses } from "../../core/deployment/decide-processes.ts";
import type { Front } from "./front.ts";
import type { ReleasesOptions } from "./options.ts";
import { containerName } from "./task-definition.ts";

/** Long enough for the worker to come; if it never does, ECS puts the earlier version back. */
const pauseMinutes = 30;

/** Whether a release waits before it gets traffic, for its smoke check or for processes beside it. */
const pauses = (settings: Pick<Settings, "strategy" | "processes">): boolean =>
  settings.strategy.smoke_check !== undefined || awaitsProcesses(settings);

function shiftOf(strategy: Strategy, isBeside: boolean): DeploymentConfiguration {
  switch (strategy.type) {
    case "rolling":
      // A rolling update has no moment between healthy and visited: what waits for that starts beside the earlier one.
      return isBeside ? { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 } : { strategy: "ROLLING" };
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
 * New tasks start beside the old ones, three that fail undo the release, and what it waits for comes before any traffic.
 * `alarmNames`: those that undo it when they trip. `needsOtherGroup`: as of a {@link Front}.
 */
export function deploymentConfiguration(
  settings: Settings,
  alarmNames: readonly string[],
  needsOtherGroup: boolean,
): DeploymentConfiguration {
  const { strategy, auto_rollback } = settings;
  const watched = alarmNames.length > 0;
  return {
    ...shiftOf(strategy, pauses(settings) || needsOtherGroup),
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    deploymentCircuitBreaker: { enable: true, rollback: auto_rollback },
    // Said also where there are none: what is not said stays as it was.
    alarms: { alarmNames: [...alarmNames], enable: watched, rollback: watched },
    lifecycleHooks: pauses(settings)
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

/**
 * That of the service with the port of this release. `null`: it was made when services had one target group, or it shifts
 * traffic with another rule than the app has now.
 */
export function loadBalancerNow(service: Service, front: Front, port: number): LoadBalancer | null {
  const [now] = service.loadBalancers ?? [];
  return now?.advancedConfiguration?.productionListenerRule === front.production
    ? { ...now, containerPort: port }
    : null;
}
