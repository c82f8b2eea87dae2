import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError, type Operation } from "../../kernel/service.ts";

/** As long as CloudWatch keeps it. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
/** Of one alarm. */
const MOST_CHANGES = 1000;

const change = z.object({ at: z.number(), from: z.string(), to: z.string(), reason: z.string() });
type Change = z.infer<typeof change>;

/** How alarms changed their state, oldest first. It outlives them, as in CloudWatch. */
export interface AlarmHistory {
  add(alarm: string, from: string, to: { readonly state: string; readonly reason: string }): void;
  of(alarm: string): readonly Change[];
}

export function createAlarmHistory({ state, clock }: Pick<LocalContext, "state" | "clock">): AlarmHistory {
  const all = state.collection("cloudwatch.alarmHistory", z.array(change));
  return {
    add: (alarm, from, { state: to, reason }) => {
      const now = clock.now();
      const kept = (all.get(alarm) ?? []).filter(({ at }) => at > now - KEPT_MS).slice(1 - MOST_CHANGES);
      all.put(alarm, [...kept, { at: now, from, to, reason }]);
    },
    of: (alarm) => all.get(alarm) ?? [],
  };
}

/** In seconds since the epoch. */
const timestamp = z.number().transform((seconds) => seconds * 1000);
const input = z.object({
  AlarmName: z.string().min(1).max(255),
  HistoryItemType: z.literal("StateUpdate", "the local mode keeps changes of the state only"),
  StartDate: timestamp.default(0),
  EndDate: timestamp.default(Number.POSITIVE_INFINITY),
  MaxRecords: z.int().min(1).max(100).default(100),
  ScanBy: z.enum(["TimestampDescending", "TimestampAscending"]).default("TimestampDescending"),
  NextToken: z.string().optional(),
});

export function historyOperations(
  { region, account }: Pick<LocalContext, "region" | "account">,
  history: AlarmHistory,
): Record<string, Operation> {
  const operation = operationsOf("ValidationError");
  return {
    DescribeAlarmHistory: operation(input, {
      permissions: ({ AlarmName }) => [
        {
          action: "cloudwatch:DescribeAlarmHistory",
          resource: `arn:aws:cloudwatch:${region}:${account}:alarm:${AlarmName}`,
        },
      ],
      run: ({ AlarmName, StartDate, EndDate, MaxRecords, ScanBy, NextToken = "0" }) => {
        if (!/^\d+$/.test(NextToken)) throw new AwsError("InvalidNextToken", "The next token specified is invalid.");
        const within = history.of(AlarmName).filter(({ at }) => at >= StartDate && at < EndDate);
        const found = ScanBy === "TimestampAscending" ? within : within.toReversed();
        const [from, to] = [Number(NextToken), Number(NextToken) + MaxRecords];
        return {
          AlarmHistoryItems: found.slice(from, to).map((one) => itemOf(AlarmName, one)),
          ...(to < found.length ? { NextToken: String(to) } : {}),
        };
      },
    }),
  };
}

const itemOf = (AlarmName: string, { at, from, to, reason }: Change) => ({
  AlarmName,
  AlarmType: "MetricAlarm",
  Timestamp: at / 1000,
  HistoryItemType: "StateUpdate",
  HistorySummary: `Alarm updated from ${from} to ${to}`,
  HistoryData: JSON.stringify({
    version: "1.0",
    oldState: { stateValue: from },
    newState: { stateValue: to, stateReason: reason },
  }),
});
