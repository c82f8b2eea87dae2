import { describe, expect, test } from "@jest/globals";
import type { ListedDeployment } from "../../../lib/core/deployment/deployment.ts";
import { comparedSpans, comparisonOf } from "../../../lib/core/usage/comparison.ts";
import type { GroupReading, Reading, Restart, Values } from "../../../lib/core/usage/reading.ts";
import { type UsageMetric, usageOf } from "../../../lib/core/usage/usage.ts";
import { someDeployment } from "../../support/deployments.ts";

const start = Date.parse("2026-11-02T10:00:00.000Z");
const minute = 60_000;
/** The time so many minutes after the reading begins. */
const at = (minutes: number): string => new Date(start + minutes * minute).toISOString();

const nothing: Values = Array.from({ length: 10 }, () => null);
const emptyGroup: GroupReading = {
  requests: nothing,
  errors_4xx: nothing,
  errors_5xx: nothing,
  connection_errors: nothing,
  unhealthy_tasks: nothing,
  latency_p50: nothing,
  latency_p95: nothing,
  latency_p99: nothing,
};
/** From one minute to another so many requests each, that take so long. */
function busy(from: number, to: number, requests: number, ms: number): GroupReading {
  const during = (value: number | null): Values =>
    nothing.map((_, period) => (period >= from && period < to ? value : null));
  return {
    ...emptyGroup,
    requests: during(requests),
    unhealthy_tasks: during(0),
    latency_p50: during(ms),
    latency_p95: during(ms),
    latency_p99: during(ms),
  };
}
const reading = (...groups: GroupReading[]): Reading => ({
  read_at: at(20),
  from: at(0),
  period_seconds: 60,
  periods: 10,
  groups,
  processes: { web: { cpu: nothing, memory: nothing, tasks: nothing.map(() => 1) } },
  alarms: [],
});

/** A deployment that was released from one minute to another; `null`: it still is. */
function released(id: number, begin: number, end: number | null, change: Partial<ListedDeployment> = {}) {
  const timeline = [{ stage: "deploying" as const, entered_at: at(begin), progress: 80, message: "", version: 2 }];
  const stage = end === null ? ("deploying" as const) : ("success" as const);
  return someDeployment({ id, stage, timeline, finished_at: end === null ? null : at(end), ...change });
}

const seriesOf = (usage: ReturnType<typeof usageOf>, metric: UsageMetric, release: number | null) =>
  usage.series.find((one) => one.metric === metric && one.deployment_id === release);

describe("whose the values of a target group are", () => {
  test("while traffic shifts the former release has its own group, and the new one the other", () => {
    const both = reading(busy(0, 6, 10, 20), busy(4, 10, 5, 90));
    const usage = usageOf(both, start, [released(2, 4, 6), released(1, -30, -20)], []);
    expect(seriesOf(usage, "latency_p95", 1)).toMatchObject({ from: at(0), values: [20, 20, 20, 20, 20, 20] });
    expect(seriesOf(usage, "latency_p95", 2)).toMatchObject({ from: at(4), values: [90, 90, 90, 90, 90, 90] });
    expect(seriesOf(usage, "requests", null)?.values).toEqual([10, 10, 10, 10, 15, 15, 5, 5, 5, 5]);
    expect(seriesOf(usage, "latency_p95", null)).toBeUndefined();
  });

  test("the groups change places with the next release", () => {
    const both = reading(busy(4, 10, 5, 90), busy(0, 6, 10, 20));
    const usage = usageOf(both, start, [released(2, 4, 6), released(1, -30, -20)], []);
    expect(seriesOf(usage, "latency_p95", 1)?.values).toHaveLength(6);
    expect(seriesOf(usage, "latency_p95", 2)?.from).toBe(at(4));
  });

  test("a rolling release shares the group: what it measured meanwhile is the new one's", () => {
    const usage = usageOf(
      reading(busy(0, 10, 10, 20), emptyGroup),
      start,
      [released(2, 4, 6), released(1, -30, -20)],
      [],
    );
    expect(seriesOf(usage, "requests", 1)).toMatchObject({ from: at(0), values: [10, 10, 10, 10] });
    expect(seriesOf(usage, "requests", 2)).toMatchObject({ from: at(4), values: [10, 10, 10, 10, 10, 10] });
  });

  test("after a release that failed it is the former one's again", () => {
    const failed = released(2, 4, 6, { stage: "failed", rolled_back: true });
    const usage = usageOf(reading(busy(0, 10, 10, 20), busy(4, 6, 1, 900)), start, [failed, released(1, -30, -20)], []);
    expect(seriesOf(usage, "latency_p95", 1)?.values).toHaveLength(10);
    expect(seriesOf(usage, "latency_p95", 2)).toMatchObject({ from: at(4), values: [900, 900] });
    expect(usage.markers).toEqual([
      expect.objectContaining({ deployment_id: 2, stage: "failed", rolled_back: true, at: at(4), until: at(6) }),
    ]);
  });
});

test("no traffic is null, and no error among requests is 0", () => {
  const usage = usageOf(reading(busy(2, 4, 3, 20)), start, [], []);
  expect(seriesOf(usage, "requests", null)?.values.slice(0, 5)).toEqual([null, null, 3, 3, null]);
  expect(seriesOf(usage, "errors_5xx", null)?.values.slice(0, 5)).toEqual([null, null, 0, 0, null]);
});

test("only what was asked for is shown, and how much of it is complete", () => {
  const late = { ...reading(busy(0, 10, 10, 20)), read_at: at(11) };
  const usage = usageOf(late, start + 4 * minute, [released(1, -30, -20)], []);
  expect(usage).toMatchObject({ from: at(4), to: at(10), complete_until: at(8), markers: [] });
  expect(seriesOf(usage, "requests", null)).toMatchObject({ from: at(4), values: [10, 10, 10, 10, 10, 10] });
  expect(seriesOf(usage, "requests", 1)?.values).toHaveLength(6);
});

const restart = (minutes: number, deployment_id: number): Restart => ({
  app_id: 1,
  process: "web",
  deployment_id,
  task: `task-${minutes}`,
  stopped_at: at(minutes),
  exit_code: 1,
  reason: null,
});

test("restarts are counted by the minute in which the task stopped", () => {
  const usage = usageOf(reading(), start, [], [restart(1, 1), restart(1.5, 1), restart(9, 1), restart(10, 1)]);
  expect(seriesOf(usage, "restarts", null)?.values).toEqual([0, 2, 0, 0, 0, 0, 0, 0, 0, 1]);
});

test("an alarm is a marker from when it went off until it was silent, with the release of then", () => {
  const alarms = [
    { at: at(5), alarm: "errors", state: "alarm", reason: "too many" },
    { at: at(7), alarm: "errors", state: "ok", reason: "" },
    { at: at(8), alarm: "latency", state: "alarm", reason: "slow" },
  ] as const;
  const usage = usageOf({ ...reading(), alarms: [...alarms] }, start, [released(2, 4, 6), released(1, -30, -20)], []);
  const marker = { kind: "alarm", deployment_id: 2, stage: null };
  expect(usage.markers.slice(1)).toEqual([
    expect.objectContaining({ ...marker, at: at(5), until: at(7), alarm: "errors", text: "too many" }),
    expect.objectContaining({ ...marker, at: at(8), until: null, alarm: "latency" }),
  ]);
});

describe("before and after a deployment", () => {
  const rows = [released(3, 60, 70), released(2, 40, 45), released(1, -100, -90)];
  const now = start + 200 * minute;

  test("are half an hour before it began, and half an hour after it was live or until the next one began", () => {
    const spans = comparedSpans(rows, 2, now);
    expect(spans?.before).toEqual({ id: 1, from: start + 10 * minute, to: start + 40 * minute });
    expect(spans?.after).toEqual({ id: 2, from: start + 45 * minute, to: start + 60 * minute });
    expect(comparedSpans(rows, 3, now)?.after).toEqual({ id: 3, from: start + 70 * minute, to: start + 100 * minute });
    expect(comparedSpans(rows, 1, now)?.before).toBeNull();
    expect(comparedSpans(rows, 9, now)).toBeNull();
  });

  test("of a release that failed the time until it was taken back is what was after", () => {
    const failed = released(2, 40, 45, { stage: "failed" });
    expect(comparedSpans([failed, released(1, -100, -90)], 2, now)?.after).toEqual({
      id: 2,
      from: start + 40 * minute,
      to: start + 45 * minute,
    });
  });

  test("say what each release did by its own figures", () => {
    const some = [released(2, 4, 6), released(1, -100, -90)];
    const spans = comparedSpans(some, 2, start + 10 * minute);
    if (spans === null) throw new Error("It was released.");
    const bad = busy(4, 10, 4, 90);
    const groups = [
      busy(0, 6, 10, 20),
      { ...bad, errors_5xx: bad.requests.map((value) => (value === null ? null : 1)) },
    ];
    const restarts = [restart(5, 1), restart(7, 2), restart(8, 2)];
    const { before, after } = comparisonOf(reading(...groups), some, restarts, spans);
    expect(before).toMatchObject({ deployment_id: 1, requests: 40, error_rate: 0, latency_p95: 20 });
    expect(after).toMatchObject({ deployment_id: 2, requests: 16, errors_5xx: 4, error_rate: 0.25, latency_p95: 90 });
    expect(after?.processes).toEqual({ web: { cpu: null, memory: null, restarts: 2 } });
  });

  test("without traffic there is no rate and no latency", () => {
    const some = [released(1, 1, 2)];
    const spans = comparedSpans(some, 1, start + 10 * minute);
    if (spans === null) throw new Error("It was released.");
    const { after } = comparisonOf(reading(emptyGroup), some, [], spans);
    expect(after).toMatchObject({ requests: null, requests_per_minute: null, error_rate: null, latency_p50: null });
  });
});
