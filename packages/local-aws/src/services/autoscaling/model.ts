import * as z from "zod";
import { parseExpression } from "../cloudwatch/expression.ts";
import { stat } from "../cloudwatch/metrics.ts";

const dimension = z.object({ Name: z.string(), Value: z.string() });
const query = z.object({
  Id: z.string().regex(/^[a-z]\w*$/),
  Label: z.string().optional(),
  MetricStat: z
    .object({
      Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: z.array(dimension).default([]) }),
      Stat: stat,
    })
    .optional(),
  Expression: z.string().optional(),
  ReturnData: z.boolean().default(true),
});
export type Query = z.infer<typeof query>;

const customized = z.object({
  Metrics: z
    .array(query)
    .min(1)
    .max(10)
    .superRefine((metrics, context) => {
      const problem = mistakeIn(metrics);
      if (problem !== null) context.addIssue({ code: "custom", message: problem });
    }),
});

function mistakeIn(metrics: readonly Query[]): string | null {
  const returned = metrics.filter(({ ReturnData }) => ReturnData);
  const [one] = returned;
  if (returned.length !== 1 || one?.Expression === undefined) return "exactly one expression must return data";
  try {
    parseExpression(one.Expression, idsOf(metrics));
    return null;
  } catch (error) {
    if (error instanceof SyntaxError) return `${one.Expression}: ${error.message}`;
    throw error;
  }
}

export const idsOf = (metrics: readonly Query[]): string[] =>
  metrics.flatMap(({ Id, MetricStat }) => (MetricStat === undefined ? [] : [Id]));

const cooldown = z.int().min(0).default(300);

/** What keeps a figure where it is to be: one of two kinds of them. */
export const tracking = z
  .object({
    TargetValue: z.number().positive(),
    PredefinedMetricSpecification: z
      .object({ PredefinedMetricType: z.literal("ECSServiceAverageCPUUtilization", "the local mode knows CPU use") })
      .optional(),
    CustomizedMetricSpecification: customized.optional(),
    ScaleOutCooldown: cooldown,
    ScaleInCooldown: cooldown,
    DisableScaleIn: z.boolean().default(false),
  })
  .refine(
    (given) =>
      (given.PredefinedMetricSpecification === undefined) !== (given.CustomizedMetricSpecification === undefined),
    "one of PredefinedMetricSpecification and CustomizedMetricSpecification is needed",
  );

/** What is scaled. The local mode knows services of ECS. */
export const place = {
  ServiceNamespace: z.literal("ecs", "the local mode scales services of ECS"),
  ResourceId: z.string().regex(/^service\/[^/]+\/[^/]+$/),
  ScalableDimension: z.literal("ecs:service:DesiredCount"),
};

const policySchema = z.object({ name: z.string(), arn: z.string(), tracking, createdAt: z.number() });
export type Policy = z.infer<typeof policySchema>;

export const targetSchema = z.object({
  resourceId: z.string(),
  arn: z.string(),
  min: z.int().min(0),
  max: z.int().min(0),
  policies: z.array(policySchema),
  tags: z.record(z.string(), z.string()),
  createdAt: z.number(),
});
export type ScalableTarget = z.infer<typeof targetSchema>;
