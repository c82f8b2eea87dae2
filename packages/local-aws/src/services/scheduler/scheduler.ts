import * as z from "zod";
import type {
  Credentials,
  FunctionInvoker,
  LocalContext,
  LocalPart,
  Resource,
  ResourceProvider,
} from "../../kernel/part.ts";
import { createDeliveries } from "../events/deliveries.ts";
import {
  deadLetterSchema,
  retryPolicySchema,
  sqsParametersSchema,
  type Target,
  targetFrom,
} from "../events/delivery.ts";
import { createSender } from "../events/sender.ts";
import { inputAt } from "./input.ts";
import { runTimeSchedules } from "./run-time.ts";
import { schedulerService } from "./service.ts";

interface Schedule {
  readonly name: string;
  readonly arn: string;
  readonly enabled: boolean;
  readonly periodMs: number;
  readonly target: Target;
  readonly input: string | undefined;
}

const scheduleProperties = z.object({
  Name: z.string().optional(),
  GroupName: z.string().default("default"),
  ScheduleExpression: z.string(),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  FlexibleTimeWindow: z.object({ Mode: z.enum(["OFF", "FLEXIBLE"]) }),
  Target: z.object({
    Arn: z.string(),
    RoleArn: z.string(),
    Input: z.string().optional(),
    RetryPolicy: retryPolicySchema,
    DeadLetterConfig: deadLetterSchema.optional(),
    SqsParameters: sqsParametersSchema.optional(),
  }),
});

const MINUTES = { minute: 1, hour: 60, day: 24 * 60 } as const;
const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/;

/** Minutes between two times of a schedule of the template. Throws for `cron`, `at` and what is no expression. */
export function minutesOf(expression: string): number {
  const [, count, unit] = RATE.exec(expression) ?? [];
  if (unit !== "minute" && unit !== "hour" && unit !== "day") {
    throw new Error(`The local mode runs a template's schedules of the form rate(5 minutes), not ${expression}.`);
  }
  if (Number(count) < 1) throw new Error(`A rate must be positive: ${expression}.`);
  return Number(count) * MINUTES[unit];
}

function scheduleFrom(context: LocalContext, resource: Resource, minuteMs: number): Schedule {
  const { Target: target, ...properties } = scheduleProperties.parse(resource.properties);
  const name = properties.Name ?? resource.physicalName;
  const arn = `arn:aws:scheduler:${context.region}:${context.account}:schedule/${properties.GroupName}/${name}`;
  return {
    name,
    arn,
    enabled: properties.State === "ENABLED",
    periodMs: minutesOf(properties.ScheduleExpression) * minuteMs,
    target: targetFrom(target, arn),
    input: target.Input,
  };
}

function groupProvider(context: LocalContext, groups: Set<string>): ResourceProvider {
  return {
    type: "AWS::Scheduler::ScheduleGroup",
    ensure(resource) {
      const name = z.object({ Name: z.string().optional() }).parse(resource.properties).Name ?? resource.physicalName;
      groups.add(name);
      const Arn = `arn:aws:scheduler:${context.region}:${context.account}:schedule-group/${name}`;
      return { ref: name, attributes: { Arn } };
    },
  };
}

function scheduleProvider(context: LocalContext, schedules: Map<string, Schedule>, minuteMs: number): ResourceProvider {
  return {
    type: "AWS::Scheduler::Schedule",
    ensure(resource) {
      const schedule = scheduleFrom(context, resource, minuteMs);
      schedules.set(schedule.arn, schedule);
      return { ref: schedule.name, attributes: { Arn: schedule.arn } };
    },
  };
}

/** Runs `fire` each period, the first time one period from now; the returned function ends it. */
function every(context: LocalContext, periodMs: number, fire: () => void): () => void {
  let cancel = () => {};
  // Counted from the start, so that late timers do not add up, and monotonic: a clock that goes back stops no schedule.
  function arm(at: number): void {
    cancel = context.clock.after(Math.max(0, at - context.clock.elapsed()), () => {
      fire();
      arm(Math.max(at + periodMs, context.clock.elapsed()));
    });
  }
  arm(context.clock.elapsed() + periodMs);
  return () => cancel();
}

/** Each call as the role that the schedule's target names. */
function credentialsOf(context: LocalContext): (target: Target) => Credentials {
  return ({ roleArn, sourceArn }) => context.credentialsFor(roleArn ?? "", sourceArn);
}

/**
 * EventBridge Scheduler. Schedules of the template are `rate(…)` schedules, which come one period after `start` for the first time;
 * a flexible window is used at its beginning. Schedules that are made at run time are `rate(…)` and `cron(…)` schedules in real
 * minutes. Each is sent to a queue or a function with the role that its target names.
 */
export function createScheduler(
  context: LocalContext,
  options: {
    readonly invoke?: FunctionInvoker;
    /** How long a minute of the template's schedules lasts. */
    readonly minuteMs?: number;
  } = {},
): LocalPart {
  const schedules = new Map<string, Schedule>();
  const stream = "scheduler";
  const sender = createSender(context, { stream, credentials: credentialsOf(context), invoke: options.invoke });
  const deliveries = createDeliveries(context, { name: "scheduler-deliveries", stream, sender });
  const stops: (() => void)[] = [];
  const fire = (schedule: Schedule) => deliveries.add(schedule.target, inputAt(context, schedule, context.clock.now()));
  const groups = new Set(["default"]);
  const runTime = runTimeSchedules(context, deliveries);
  return {
    services: [schedulerService(context, runTime, (group) => groups.has(group))],
    providers: [scheduleProvider(context, schedules, options.minuteMs ?? 60_000), groupProvider(context, groups)],
    async start() {
      deliveries.start();
      runTime.start();
      const enabled = [...schedules.values()].filter((schedule) => schedule.enabled);
      stops.push(...enabled.map((schedule) => every(context, schedule.periodMs, () => fire(schedule))));
    },
    async close() {
      for (const stop of stops) stop();
      runTime.close();
      await deliveries.close();
    },
  };
}
