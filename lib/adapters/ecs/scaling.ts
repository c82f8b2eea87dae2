import {
  type ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  ObjectNotFoundException,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
  type TargetTrackingMetricDataQuery,
  type TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import type { Scaling } from "../../core/app.ts";
import type { ReleaseOrder } from "../../core/ports/releases.ts";
import { type Counted, ofEach } from "./alarm-kinds.ts";
import { ownerTags, type ReleasesOptions, serviceName } from "./options.ts";

type ScalingOptions = Pick<ReleasesOptions, "cluster" | "namePrefix" | "installation">;

/** More tasks after a minute; fewer of them only when that was enough for five. */
const cooldowns = { ScaleOutCooldown: 60, ScaleInCooldown: 300 };

/**
 * How many tasks an app's service runs, where its load decides that. ECS has none of them stopped while a release is under way:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
 */
export function releaseScaling(client: ApplicationAutoScalingClient, options: ScalingOptions) {
  const targetOf = (appId: number) =>
    ({
      ServiceNamespace: "ecs",
      ResourceId: `service/${options.cluster}/${serviceName(options, appId)}`,
      ScalableDimension: "ecs:service:DesiredCount",
    }) as const;

  return {
    /** Has the service scale as the settings say, if they do. It has to exist. */
    ensure: async ({ app_id, settings: { scaling } }: ReleaseOrder, counted: Counted): Promise<void> => {
      if (scaling === null) return;
      const target = targetOf(app_id);
      const bounds = { MinCapacity: scaling.min, MaxCapacity: scaling.max };
      const Tags = ownerTags(options, app_id);
      await client.send(new RegisterScalableTargetCommand({ ...target, ...bounds, Tags }));
      await client.send(
        new PutScalingPolicyCommand({
          ...target,
          PolicyName: `${serviceName(options, app_id)}-load`,
          PolicyType: "TargetTrackingScaling",
          TargetTrackingScalingPolicyConfiguration: { ...trackedBy(scaling, counted), ...cooldowns },
        }),
      );
    },

    /** Leaves how many there are to whoever says it. Its policies and their alarms go with it. */
    remove: async (appId: number): Promise<void> => {
      try {
        await client.send(new DeregisterScalableTargetCommand(targetOf(appId)));
      } catch (error) {
        if (!(error instanceof ObjectNotFoundException)) throw error;
      }
    },
  };
}

function trackedBy(scaling: Scaling, counted: Counted): TargetTrackingScalingPolicyConfiguration {
  if (scaling.cpu_percent !== null)
    return {
      TargetValue: scaling.cpu_percent,
      PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
    };
  return { TargetValue: scaling.requests_per_task ?? 0, CustomizedMetricSpecification: { Metrics: perTask(counted) } };
}

/**
 * Requests a minute for each task. `ALBRequestCountPerTarget` knows one target group. While traffic shifts both versions have as
 * many tasks and share the requests: all requests, by the tasks of the version that has more of them.
 */
const perTask = (counted: Counted): TargetTrackingMetricDataQuery[] => [
  ...ofEach(counted, "asked", "RequestCount", "Sum"),
  ...ofEach(counted, "healthy", "HealthyHostCount", "Average"),
  {
    Id: "each",
    Label: "Requests a minute for each task",
    Expression: "(FILL(asked1, 0) + FILL(asked2, 0)) / MAX([FILL(healthy1, 0), FILL(healthy2, 0)])",
    ReturnData: true,
  },
];
