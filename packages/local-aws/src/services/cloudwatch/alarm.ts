import * as z from "zod";
import { parseExpression } from "./expression.ts";
import { type Metrics, stat } from "./metrics.ts";

const metricStat = z.object({
  Metric: z.object({
    Namespace: z.string(),
    MetricName: z.string(),
    Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
  }),
  Period: z.literal(60, "the local mode counts by minutes"),
  Stat: stat,
});
const query = z.object({
  Id: z.string().regex(/^[a-z]\w*$/),
  Label: z.string().optional(),
  MetricStat: metricStat.optional(),
  Expression: z.string().optional(),
  ReturnData: z.boolean().default(true),
});

/** An alarm on metric math, as it was put. What the local mode would judge otherwise than CloudWatch is refused. */
export const alarmInput = z
  .object({
    AlarmName: z.string().min(1).max(255),
    AlarmDescription: z.string().max(1024).optional(),
    Metrics: z.array(query).min(1).max(10),
    ComparisonOperator: z.literal("GreaterThanThreshold", "the local mode knows GreaterThanThreshold"),
    Threshold: z.number(),
    EvaluationPeriods: z.int().min(1).max(60),
    DatapointsToAlarm: z.int().min(1).optional(),
    TreatMissingData: z.literal("notBreaching", "the local mode knows notBreaching"),
  })
  .superRefine(({ Metrics, DatapointsToAlarm = 1, EvaluationPeriods }, context) => {
    const problem = mistakeIn(Metrics);
    if (problem !== null) context.addIssue({ code: "custom", path: ["Metrics"], message: problem });
    if (DatapointsToAlarm > EvaluationPeriods)
      context.addIssue({ code: "custom", path: ["DatapointsToAlarm"], message: "is more than EvaluationPeriods" });
  });
type AlarmInput = z.infer<typeof alarmInput>;

function mistakeIn(metrics: AlarmInput["Metrics"]): string | null {
  const judged = metrics.filter(({ ReturnData }) => ReturnData);
  const [one] = judged;
  if (judged.length !== 1 || one?.Expression === undefined) return "exactly one expression must return data";
  try {
    parseExpression(one.Expression, idsOf(metrics));
    return null;
  } catch (error) {
    if (error instanceof SyntaxError) return `${one.Expression}: ${error.message}`;
    throw error;
  }
}

const idsOf = (metrics: AlarmInput["Metrics"]): string[] =>
  metrics.flatMap(({ Id, MetricStat }) => (MetricStat === undefined ? [] : [Id]));

/** One value for each of the last periods that are over, the oldest first; `undefined`: nothing was counted. */
export function datapoints(alarm: AlarmInput, metrics: Metrics, minuteNow: number): (number | undefined)[] {
  const judged = alarm.Metrics.find(({ ReturnData }) => ReturnData);
  const value = parseExpression(judged?.Expression ?? "", idsOf(alarm.Metrics));
  const of = (minute: number) =>
    value((id) => {
      const { Metric, Stat } = alarm.Metrics.find(({ Id }) => Id === id)?.MetricStat ?? {};
      if (Metric === undefined || Stat === undefined) return undefined;
      const dimensions = Object.fromEntries(Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
      return metrics.statistic({ namespace: Metric.Namespace, name: Metric.MetricName, dimensions }, Stat, minute);
    });
  const count = alarm.EvaluationPeriods;
  return Array.from({ length: count }, (_, index) => of(minuteNow - count + index));
}

export interface Judgement {
  readonly state: "OK" | "ALARM";
  readonly reason: string;
}

/** In CloudWatch's words. What is missing does not breach. */
export function judge(alarm: AlarmInput, points: readonly (number | undefined)[]): Judgement {
  const breaching = points.filter((point) => point !== undefined && point > alarm.Threshold);
  const needed = alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods;
  const tripped = breaching.length >= needed;
  const known = points.filter((point) => point !== undefined);
  const which = tripped ? breaching : known;
  const relation = tripped ? "greater than" : "not greater than";
  const listed = which.length === 0 ? "no datapoints" : `${which.length} datapoints [${which.join(", ")}]`;
  const reason = `Threshold Crossed: ${listed} of the last ${points.length} were ${relation} the threshold (${alarm.Threshold}).`;
  return { state: tripped ? "ALARM" : "OK", reason };
}
