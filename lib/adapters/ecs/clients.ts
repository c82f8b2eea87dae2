import type { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { StreamRedaction } from "@slipway/text/redactor";
import type { PlacementStore } from "../../core/ports/releases.ts";
import type { RecordsClient } from "./app-records.ts";
import type { Ask } from "./smoke-check.ts";

/** What releases work with. */
export interface ReleaseClients {
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  /** Route 53. */
  readonly records: RecordsClient;
  readonly placements: PlacementStore;
  readonly logs: CloudWatchLogsClient;
  readonly cloudWatch: CloudWatchClient;
  readonly scaling: ApplicationAutoScalingClient;
  /** Takes an app's secrets out of what the app printed, before a person reads it. */
  readonly redactionFor: (appId: number) => Promise<StreamRedaction["alone"]>;
  /** How smoke checks ask; over HTTP unless said otherwise. */
  readonly ask?: Ask;
}
