import { isTimezone, nextTime, periodOf, readSchedule } from "@slipway/text/schedule";
import * as z from "zod";
import type { LocalContext } from "../../kernel/part.ts";
import { deadLetterSchema, kindOf, retryPolicySchema, sqsParametersSchema } from "../events/delivery.ts";

export const nameSchema = z.string().regex(/^[0-9a-zA-Z_.-]{1,64}$/);

const targetSchema = z.object({
  Arn: z.string().refine((arn) => kindOf(arn) !== undefined, "is of no kind that the local mode delivers to"),
  RoleArn: z.string().regex(/^arn:aws:iam::\d{12}:role\/.+$/),
  Input: z.string().min(1).optional(),
  RetryPolicy: retryPolicySchema,
  DeadLetterConfig: deadLetterSchema.optional(),
  SqsParameters: sqsParametersSchema.optional(),
});

/** EventBridge takes one spelling of a rate: `1 minute`, `2 minutes`. */
const expressionSchema = z
  .string()
  .max(256)
  .regex(/^(?:rate|cron)\(.*\)$/, "The local mode runs rate(…) and cron(…).")
  .superRefine((expression, context) => {
    const read = readSchedule(expression);
    const isRead = "expression" in read && (periodOf(expression) === null || read.expression === expression);
    if (!isRead) context.addIssue({ code: "custom", message: `Invalid Schedule Expression ${expression}.` });
  });

/** What `CreateSchedule` and `UpdateSchedule` take, beside the name. An update replaces all of it. */
export const bodySchema = z.object({
  GroupName: nameSchema.default("default"),
  ScheduleExpression: expressionSchema,
  ScheduleExpressionTimezone: z.string().max(50).refine(isTimezone, "Invalid time zone.").default("UTC"),
  /** Epoch seconds, as the protocol has times. */
  StartDate: z.number().optional(),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  Description: z.string().max(512).optional(),
  FlexibleTimeWindow: z.object({ Mode: z.literal("OFF") }),
  Target: targetSchema,
});
export type Body = z.infer<typeof bodySchema>;

/** A schedule that was made at run time. Times are epoch milliseconds. */
export const scheduleSchema = bodySchema.extend({
  Name: nameSchema,
  createdAt: z.number(),
  changedAt: z.number(),
  /** Every time until then was delivered, or was too old for that. */
  doneUntil: z.number(),
});
export type RunTimeSchedule = z.infer<typeof scheduleSchema>;

export const keyOf = (group: string, name: string): string => `${group}/${name}`;

export const arnOf = ({ region, account }: LocalContext, group: string, name: string): string =>
  `arn:aws:scheduler:${region}:${account}:schedule/${group}/${name}`;

/** When it comes next after a time; `null`: never. A rate comes at its start and each period after that. */
export function nextAfter(schedule: RunTimeSchedule, after: number): number | null {
  const { ScheduleExpression: expression, ScheduleExpressionTimezone: timezone, StartDate, State } = schedule;
  if (State === "DISABLED") return null;
  const start = StartDate === undefined ? null : StartDate * 1000;
  const period = periodOf(expression);
  if (period === null) return nextTime(expression, timezone, Math.max(after, start === null ? after : start - 1));
  const first = start ?? schedule.changedAt;
  return after < first ? first : first + (Math.floor((after - first) / period) + 1) * period;
}
