import * as z from "zod";
import { openStageSchema } from "../../core/metrics/outcome.ts";
import type { Shown } from "./shown.ts";

const rate = z.number().min(0).max(1).nullable();
const seconds = z.number().int().nullable();
const count = z.number().int().min(0);

const spreadSchema = z.object({ p50: seconds, p95: seconds }).meta({
  id: "Spread",
  description: "50% of the values are at most `p50`, and 95% at most `p95`, in whole seconds; `null`: no values.",
});

const figuresSchema = z
  .object({
    deployments: count,
    succeeded: count,
    failed: count,
    success_rate: rate,
    deployment_frequency: z.number().min(0).describe("Deployments that went live per day."),
    duration: z.object({ ...spreadSchema.shape, by_stage: z.record(openStageSchema, spreadSchema) }),
    changes: count,
    change_failures: count,
    change_failure_rate: rate,
    time_to_restore: spreadSchema,
  })
  .meta({
    id: "Figures",
    description:
      "Delivery metrics of a period, defined in docs/metrics.md. Rates are 0 to 1; `null`: nothing to measure.",
  });

export const metricsSchema = z
  .object({
    days: z.number().int(),
    from: z.string().meta({ format: "date", description: "The first day in UTC: `2025-11-14`." }),
    to: z.string().meta({ format: "date", description: "The last day: it is today and not over." }),
    ...figuresSchema.shape,
    previous: figuresSchema.describe("The same number of days before."),
    points: z
      .array(
        z
          .object({ date: z.string().meta({ format: "date" }), ...figuresSchema.shape })
          .meta({ id: "DailyFigures", description: "The figures of one day." }),
      )
      .describe("One entry for each day, oldest first."),
  })
  .meta({
    id: "Metrics",
    description: "Delivery metrics of a period, for each of its days, and of the period before.",
  });
export type ShownMetrics = Shown<typeof metricsSchema>;
