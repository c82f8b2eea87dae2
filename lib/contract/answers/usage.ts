import * as z from "zod";
import { stageSchema } from "../../core/stage.ts";
import { type UsageMetric, usageMetrics } from "../../core/usage/usage.ts";
import { id, timestamp } from "./common.ts";
import type { Shown } from "./shown.ts";

const count = z.number().int().min(0).nullable();
const ms = z.number().min(0).nullable();
const percent = z.number().min(0).nullable();

const seriesSchema = z
  .object({
    metric: z.enum(Object.keys(usageMetrics) as UsageMetric[]),
    unit: z.enum(["count", "tasks", "ms", "percent"]),
    process: z.string().describe("`web`: the one that answers requests."),
    deployment_id: id.nullable().describe("Of which release; `null`: of all of them."),
    from: timestamp.describe("When the period of the first value begins."),
    values: z.array(z.number().nullable()).describe("One value for each period; `null`: nothing was measured."),
  })
  .meta({
    id: "UsageSeries",
    description:
      "The values of one metric. Percentiles (`latency_p50`, `latency_p95`, `latency_p99`) exist for each release only: they cannot be combined. While traffic shifts, both releases have values.",
  });

const markerSchema = z
  .object({
    kind: z.enum(["deployment", "alarm"]),
    at: timestamp,
    until: timestamp.nullable().describe("`null`: it is not over."),
    deployment_id: id
      .nullable()
      .describe("The deployment, or the one that was live or being released when the alarm went off."),
    stage: stageSchema.nullable().describe("Of a deployment."),
    rolled_back: z.boolean().nullable().describe("Of a deployment."),
    alarm: z.enum(["errors", "latency"]).nullable().describe("Of an alarm: which one."),
    text: z.string(),
  })
  .meta({ id: "UsageMarker", description: "A release, from `deploying` to its end, or an alarm that went off." });

export const appUsageSchema = z
  .object({
    app_id: id,
    hours: z.number().int(),
    period_seconds: z.number().int().describe("60 up to three hours, else 3600."),
    from: timestamp,
    to: timestamp,
    complete_until: timestamp.describe("Later values may still change: CloudWatch is a few minutes late."),
    read_at: timestamp.describe("When CloudWatch was asked; all viewers share what it answered."),
    series: z.array(seriesSchema),
    markers: z.array(markerSchema).describe("Oldest first."),
  })
  .meta({ id: "AppUsage", description: "What the load balancer and the tasks of an app measured." });
export type ShownUsage = Shown<typeof appUsageSchema>;

const releaseUsageSchema = z
  .object({
    deployment_id: id,
    from: timestamp,
    to: timestamp,
    requests: count.describe("`null`: no traffic."),
    requests_per_minute: z.number().min(0).nullable(),
    errors_4xx: count,
    errors_5xx: count,
    error_rate: z.number().min(0).max(1).nullable().describe("5xx responses divided by requests."),
    latency_p50: ms.describe("In milliseconds, of the median minute, as percentiles of minutes cannot be combined."),
    latency_p95: ms,
    latency_p99: ms,
    processes: z
      .record(z.string(), z.object({ cpu: percent, memory: percent, restarts: z.number().int().min(0) }))
      .describe("By process: averages in percent, and tasks of this release that stopped unexpectedly."),
  })
  .meta({ id: "ReleaseUsage", description: "What a release was like for some minutes." });

export const deploymentUsageSchema = z
  .object({
    deployment_id: id,
    complete: z.boolean().describe("All of it was measured; it does not change any more."),
    before: releaseUsageSchema
      .nullable()
      .describe(
        "The release that was live, in the 30 minutes before; `null`: there was none, or it is more than 15 days ago.",
      ),
    after: releaseUsageSchema
      .nullable()
      .describe("This release, in the 30 minutes after it was live, or while it was being released if it failed."),
  })
  .meta({ id: "DeploymentUsage", description: "The running app before and after a deployment." });
export type ShownDeploymentUsage = Shown<typeof deploymentUsageSchema>;
