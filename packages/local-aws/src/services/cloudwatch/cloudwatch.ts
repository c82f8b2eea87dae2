import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext, LocalPart } from "../../kernel/part.ts";
import { AwsError, type Operation, type Permission } from "../../kernel/service.ts";
import type { Collection } from "../../kernel/state.ts";
import { alarmInput, datapoints, judge } from "./alarm.ts";
import { type AlarmHistory, createAlarmHistory, historyOperations } from "./alarm-history.ts";
import { metricDataOperations } from "./metric-data.ts";
import { createMetrics, type Metric, type Stat } from "./metrics.ts";
import { createPublished } from "./published.ts";

/** CloudWatch: metrics of the load balancer and of tasks, and alarms on them. */
export interface CloudWatch extends LocalPart {
  /** A service counted something just now, for alarms and for who reads metrics. */
  record(metric: Metric, value: number): void;
  /** The same, but for alarms and scaling only: they count by the minutes of the option `minuteMs`. */
  watch(metric: Metric, value: number): void;
  /** The same, but for who reads metrics only: they count by the minutes of the clock. */
  publish(metric: Metric, value: number): void;
  /** Which of these alarms are in the state `ALARM`. */
  inAlarm(names: readonly string[]): readonly string[];
  /** Over the last minute that is over; `undefined`: nothing was counted. */
  lastMinute(metric: Metric, stat: Stat): number | undefined;
}

export interface CloudWatchOptions {
  /** How long a minute lasts; 60 s if absent. */
  readonly minuteMs?: number;
  /** How long after its end a minute can be read; as long as a minute lasts if absent. */
  readonly lateMs?: number;
}

const stored = z.object({
  input: alarmInput,
  state: z.enum(["INSUFFICIENT_DATA", "OK", "ALARM"]),
  reason: z.string(),
  /** Of the last change, as CloudWatch shows it. */
  reasonData: z.string(),
  changedAt: z.number(),
  configuredAt: z.number(),
  tags: z.record(z.string(), z.string()),
});
type Stored = z.infer<typeof stored>;

const operation = operationsOf("ValidationError");
const names = z.array(z.string().min(1).max(255)).min(1).max(100);
const putInput = z.intersection(
  alarmInput,
  z.object({ Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]) }),
);
const describeInput = z.object({
  AlarmNames: names.optional(),
  AlarmNamePrefix: z.string().min(1).optional(),
  MaxRecords: z.int().min(1).max(100).default(50),
  NextToken: z.string().regex(/^\d+$/).default("0"),
  AlarmTypes: z.array(z.literal("MetricAlarm")).default(["MetricAlarm"]),
});
const deleteInput = z.object({ AlarmNames: names });

/** The alarms, each judged anew whenever a minute is over. They outlive the local mode, what they were judged by does not. */
class Alarms implements Pick<CloudWatch, "record" | "inAlarm" | "lastMinute"> {
  readonly #context: LocalContext;
  readonly #all: Collection<Stored>;
  readonly #minuteMs: number;
  readonly #history: AlarmHistory;
  readonly #metrics = createMetrics(() => this.#minute());
  #cancel: (() => void) | null = null;

  constructor(context: LocalContext, minuteMs: number, history: AlarmHistory) {
    this.#context = context;
    this.#minuteMs = minuteMs;
    this.#history = history;
    this.#all = context.state.collection("cloudwatch.alarms", stored);
  }

  /** By name, which is how DescribeAlarms orders them. */
  list(): readonly Stored[] {
    return this.#all.all().toSorted((one, other) => one.input.AlarmName.localeCompare(other.input.AlarmName));
  }

  record(metric: Metric, value: number): void {
    this.#metrics.record(metric, value);
  }

  lastMinute(metric: Metric, stat: Stat): number | undefined {
    return this.#metrics.statistic(metric, stat, this.#minute() - 1);
  }

  inAlarm(wanted: readonly string[]): readonly string[] {
    return wanted.filter((name) => this.#all.get(name)?.state === "ALARM");
  }

  /** A changed alarm keeps its state until it is judged, and its tags altogether, as in CloudWatch. */
  put(input: Stored["input"], tags: Stored["tags"]): void {
    const now = this.#context.clock.now();
    const before = this.#all.get(input.AlarmName);
    const unjudged = {
      state: "INSUFFICIENT_DATA",
      reason: "Unchecked: Initial alarm creation",
      reasonData: "",
    } as const;
    const fresh = { ...unjudged, changedAt: now, tags };
    this.#all.put(input.AlarmName, { ...(before ?? fresh), input, configuredAt: now });
    this.watch();
  }

  get(name: string): Stored | undefined {
    return this.#all.get(name);
  }

  delete(name: string): void {
    this.#all.delete(name);
  }

  /** Goes on as long as there are alarms. */
  watch(): void {
    if (this.#cancel !== null || this.#all.all().length === 0) return;
    const over = (this.#minute() + 1) * this.#minuteMs - this.#context.clock.elapsed();
    this.#cancel = this.#context.clock.after(over, () => {
      this.#cancel = null;
      for (const alarm of this.#all.all()) this.#judge(alarm);
      this.watch();
    });
  }

  rest(): void {
    this.#cancel?.();
  }

  /** Minutes are counted by the monotonic clock: what was measured is kept no longer than this process lives. */
  #minute(): number {
    return Math.floor(this.#context.clock.elapsed() / this.#minuteMs);
  }

  #judge(alarm: Stored): void {
    const { input, state: before } = alarm;
    const points = datapoints(input, this.#metrics, this.#minute());
    const { state, reason } = judge(input, points);
    if (state === before) return;
    const recentDatapoints = points.map((point) => point ?? null);
    const reasonData = JSON.stringify({ version: "1.0", period: 60, recentDatapoints, threshold: input.Threshold });
    this.#all.put(input.AlarmName, { ...alarm, state, reason, reasonData, changedAt: this.#context.clock.now() });
    this.#history.add(input.AlarmName, before, { state, reason });
    const message = `The alarm ${input.AlarmName} is ${state}: ${reason}`;
    this.#context.log("cloudwatch", { level: "INFO", message, alarm: input.AlarmName, state });
  }
}

function operations({ region, account }: LocalContext, alarms: Alarms): Record<string, Operation> {
  const arnOf = (name: string): string => `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;
  const on = (action: string, name: string): Permission => ({ action: `cloudwatch:${action}`, resource: arnOf(name) });
  const show = ({ input, ...alarm }: Stored): unknown => ({
    ...input,
    AlarmArn: arnOf(input.AlarmName),
    ActionsEnabled: true,
    StateValue: alarm.state,
    StateReason: alarm.reason,
    ...(alarm.reasonData === "" ? {} : { StateReasonData: alarm.reasonData }),
    StateUpdatedTimestamp: alarm.changedAt / 1000,
    AlarmConfigurationUpdatedTimestamp: alarm.configuredAt / 1000,
  });
  return {
    PutMetricAlarm: operation(putInput, {
      permissions: ({ AlarmName, Tags }) =>
        Tags.length === 0
          ? [on("PutMetricAlarm", AlarmName)]
          : [on("PutMetricAlarm", AlarmName), on("TagResource", AlarmName)],
      run: ({ Tags, ...input }) => {
        alarms.put(input, Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])));
        return {};
      },
    }),
    DescribeAlarms: operation(describeInput, {
      // Who names none of them lists all there are.
      permissions: ({ AlarmNames = ["*"] }) => AlarmNames.map((name) => on("DescribeAlarms", name)),
      run: ({ AlarmNames, AlarmNamePrefix = "", MaxRecords, NextToken }) => {
        const named = AlarmNames?.flatMap((name) => alarms.get(name) ?? []);
        const found = named ?? alarms.list().filter(({ input }) => input.AlarmName.startsWith(AlarmNamePrefix));
        const from = Number(NextToken);
        const to = from + MaxRecords;
        const more = to < found.length ? { NextToken: String(to) } : {};
        return { MetricAlarms: found.slice(from, to).map(show), CompositeAlarms: [], ...more };
      },
    }),
    DeleteAlarms: operation(deleteInput, {
      permissions: ({ AlarmNames }) => AlarmNames.map((name) => on("DeleteAlarms", name)),
      run: ({ AlarmNames }) => {
        const missing = AlarmNames.filter((name) => alarms.get(name) === undefined);
        if (missing.length > 0) throw new AwsError("ResourceNotFound", `Unknown alarms: ${missing.join(", ")}`, 404);
        for (const name of AlarmNames) alarms.delete(name);
        return {};
      },
    }),
  };
}

export function createCloudWatch(
  context: LocalContext,
  { minuteMs = 60_000, lateMs = minuteMs }: CloudWatchOptions = {},
): CloudWatch {
  const history = createAlarmHistory(context);
  const alarms = new Alarms(context, minuteMs, history);
  const published = createPublished(context, lateMs);
  const service = { kind: "json", scope: "monitoring", dialect: "application/x-amz-json-1.0" } as const;
  return {
    services: [
      {
        ...service,
        operations: {
          ...operations(context, alarms),
          ...historyOperations(context, history),
          ...metricDataOperations(context, published),
        },
      },
    ],
    providers: [],
    record: (metric, value) => {
      alarms.record(metric, value);
      published.record(metric, value);
    },
    watch: (metric, value) => alarms.record(metric, value),
    publish: (metric, value) => published.record(metric, value),
    inAlarm: (wanted) => alarms.inAlarm(wanted),
    lastMinute: (metric, stat) => alarms.lastMinute(metric, stat),
    start: async () => alarms.watch(),
    close: async () => {
      alarms.rest();
      published.flush();
    },
  };
}
