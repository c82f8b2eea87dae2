import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { presentDeployment } from "../../lib/api/present.ts";
import { type Figures, lookBack, metricsOf } from "../../lib/core/metrics/metrics.ts";
import { type DeploymentOutcome, outcomeOf } from "../../lib/core/metrics/outcome.ts";
import { type Spread, spreadOf } from "../../lib/core/metrics/spread.ts";
import type { Stage } from "../../lib/core/stage.ts";
import { plusSeconds } from "../../lib/core/time.ts";
import { someDeployment } from "../support/deployments.ts";
import { someOutcome } from "../support/outcomes.ts";

const now = "2026-03-10T12:00:00.000Z";
const daySeconds = 24 * 3600;

const kinds = [
  "live",
  "broken build",
  "failed release",
  "failed release, put back",
  "rollback",
  "failed rollback",
] as const;
/** Something that happened to one of two apps, so many seconds after what happened before. */
const happening = fc.record({
  app_id: fc.constantFrom(1, 2),
  later: fc.integer({ min: 0, max: daySeconds }),
  kind: fc.constantFrom(...kinds),
  duration: fc.integer({ min: 0, max: 3000 }),
  deploying: fc.integer({ min: 0, max: 900 }),
});
type Happening = Parameters<Parameters<typeof happening.map>[0]>[0];

/** The history of both apps, which began ten days ago, as outcomes in the order in which they came about. */
function historyOf(happenings: readonly Happening[]): DeploymentOutcome[] {
  const live = new Map<number, number[]>();
  let finished_at = plusSeconds(now, -10 * daySeconds);
  return happenings.map(({ app_id, later, kind, duration, deploying }, index) => {
    finished_at = plusSeconds(finished_at, later);
    const deployment_id = index + 1;
    const before = live.get(app_id) ?? [];
    const facts = { app_id, deployment_id, finished_at, duration, seconds: { pending: 1, deploying } };
    // To what was live before the live one; where there is none, the live one is started again.
    const rollback_of = before.at(-2) ?? before.at(-1) ?? deployment_id;
    if (kind === "live" || kind === "rollback") live.set(app_id, [...before, deployment_id]);
    const isRollback = kind === "rollback" || kind === "failed rollback";
    const failed = {
      stage: "failed",
      failed_stage: kind === "broken build" ? "building" : "deploying",
      seconds: kind === "broken build" ? { pending: 1, building: duration } : facts.seconds,
      rolled_back: kind === "failed release, put back",
    } as const;
    const ended = kind === "live" || kind === "rollback" ? {} : failed;
    return someOutcome({ ...facts, ...ended, rollback_of: isRollback ? rollback_of : null });
  });
}

/** What became of a change, found by walking along the history: each new release settles what is open. */
interface Fate {
  failed: boolean;
  restored: number | null;
}

function fatesIn(history: readonly DeploymentOutcome[]): Map<number, Fate> {
  const fates = new Map<number, Fate>();
  const secondsAfter = (id: number, { finished_at }: DeploymentOutcome) => {
    const from = history.find(({ deployment_id }) => deployment_id === id)?.finished_at ?? "";
    return Math.floor((Date.parse(finished_at) - Date.parse(from)) / 1000);
  };
  for (const app of [1, 2]) {
    let live: number | null = null;
    let broken: number[] = [];
    for (const outcome of history.filter(({ app_id }) => app_id === app)) {
      const { deployment_id: id, rollback_of } = outcome;
      if (rollback_of === null) fates.set(id, { failed: false, restored: null });
      if (outcome.stage === "failed") {
        if (rollback_of !== null || outcome.failed_stage !== "deploying") continue;
        fates.set(id, { failed: true, restored: outcome.rolled_back ? (outcome.seconds.deploying ?? null) : null });
        if (!outcome.rolled_back) broken.push(id);
        continue;
      }
      for (const each of broken) fates.set(each, { failed: true, restored: secondsAfter(each, outcome) });
      broken = [];
      const isPutBack = live !== null && fates.has(live) && rollback_of !== null && rollback_of !== live;
      if (live !== null && isPutBack) fates.set(live, { failed: true, restored: secondsAfter(live, outcome) });
      live = id;
    }
  }
  return fates;
}

/** Where so many of 100 values are at most as large, counted one by one. */
function percentile(values: readonly number[], percent: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return (
    sorted.find((value) => sorted.filter((other) => other <= value).length * 100 >= percent * sorted.length) ?? null
  );
}

const counted = (values: readonly (number | null | undefined)[]): Spread => {
  const known = values.filter((value) => typeof value === "number");
  return { p50: percentile(known, 50), p95: percentile(known, 95) };
};

/** The figures, counted from the history of some days. */
function figuresFrom(
  history: readonly DeploymentOutcome[],
  fates: ReadonlyMap<number, Fate>,
  dates: readonly string[],
): Figures {
  const ended = history.filter(({ finished_at }) => dates.includes(finished_at.slice(0, 10)));
  const succeeded = ended.filter(({ stage }) => stage === "success");
  const live = succeeded.filter(({ rollback_of }) => rollback_of === null);
  const changes = ended.filter((one) => one.rollback_of === null && "deploying" in one.seconds);
  const bad = changes.flatMap(({ deployment_id }) => fates.get(deployment_id) ?? []).filter(({ failed }) => failed);
  const stage = (name: keyof DeploymentOutcome["seconds"]) => counted(live.map(({ seconds }) => seconds[name]));
  return {
    deployments: ended.length,
    succeeded: succeeded.length,
    failed: ended.length - succeeded.length,
    success_rate: ended.length === 0 ? null : succeeded.length / ended.length,
    deployment_frequency: live.length / dates.length,
    duration: {
      ...counted(live.map(({ duration }) => duration)),
      by_stage: {
        pending: stage("pending"),
        cloning: stage("cloning"),
        building: stage("building"),
        awaiting_approval: stage("awaiting_approval"),
        deploying: stage("deploying"),
      },
    },
    changes: changes.length,
    change_failures: bad.length,
    change_failure_rate: changes.length === 0 ? null : bad.length / changes.length,
    time_to_restore: counted(bad.map(({ restored }) => restored)),
  };
}

const dates = (from: number, to: number): string[] =>
  Array.from({ length: from - to + 1 }, (_, index) => plusSeconds(now, -(from - index) * daySeconds).slice(0, 10));

test("metrics are what a count of the history gives, in whatever order and however often it is delivered", () => {
  const delivered = fc.array(happening, { maxLength: 40 }).chain((happenings) => {
    const history = historyOf(happenings);
    const twice = [...history, ...history];
    return fc.record({
      history: fc.constant(history),
      delivered: fc.shuffledSubarray(twice, { minLength: twice.length }),
    });
  });
  fc.assert(
    fc.property(delivered, fc.integer({ min: 1, max: 8 }), ({ history, delivered }, days) => {
      const fates = fatesIn(history);
      const metrics = metricsOf(delivered, days, now);
      const period = dates(days - 1, 0);
      expect(metrics).toEqual({
        days,
        from: period[0],
        to: "2026-03-10",
        ...figuresFrom(history, fates, period),
        previous: figuresFrom(history, fates, dates(2 * days - 1, days)),
        points: period.map((date) => ({ date, ...figuresFrom(history, fates, [date]) })),
      });
    }),
    { numRuns: 300 },
  );
});

test("what ended before the period that is compared with changes nothing, so it need not be read", () => {
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 40 }).map(historyOf),
      fc.integer({ min: 1, max: 5 }),
      (history, days) => {
        const read = history.filter(({ finished_at }) => finished_at >= lookBack(days, now));
        expect(metricsOf(read, days, now)).toEqual(metricsOf(history, days, now));
      },
    ),
  );
});

describe("a change failure", () => {
  const good = someOutcome({ deployment_id: 1, finished_at: "2026-03-10T08:00:00.000Z" });
  const bad = someOutcome({ deployment_id: 2, finished_at: "2026-03-10T09:00:00.000Z" });
  const rollback = someOutcome({ deployment_id: 3, finished_at: "2026-03-10T09:10:00.000Z", rollback_of: 1 });
  const failures = (...outcomes: DeploymentOutcome[]) => {
    const { changes, change_failures, time_to_restore } = metricsOf(outcomes, 1, now);
    return [change_failures, changes, time_to_restore.p50];
  };

  test("is what was live when an earlier release was put back, from its going live on", () => {
    expect(failures(good, bad, rollback)).toEqual([1, 2, 600]);
  });

  test("is not a release that was followed by another, or started again as it was", () => {
    expect(failures(good, bad)).toEqual([0, 2, null]);
    expect(failures(good, bad, { ...rollback, rollback_of: 2 })).toEqual([0, 2, null]);
  });

  test("is not a rollback that is undone by another", () => {
    const again = someOutcome({ deployment_id: 4, finished_at: "2026-03-10T09:20:00.000Z", rollback_of: 2 });
    expect(failures(good, bad, rollback, again)).toEqual([1, 2, 600]);
  });

  test("is not put right by another app", () => {
    expect(failures(good, bad, { ...rollback, app_id: 2 })).toEqual([0, 2, null]);
  });
});

test("the event of a deployment that ended is its outcome, and of any other an error", () => {
  const at = (seconds: number) => plusSeconds(now, seconds);
  const entry = (stage: Stage, seconds: number) => {
    return { stage, entered_at: at(seconds), progress: 0, message: "", version: 1 };
  };
  const ended = someDeployment({
    stage: "failed",
    failed_stage: "building",
    started_at: at(5),
    finished_at: at(60),
    timeline: [entry("pending", 0), entry("cloning", 5), entry("building", 8), entry("failed", 60)],
  });
  expect(outcomeOf({ ...presentDeployment(ended), app_name: "shop" })).toEqual(
    someOutcome({
      stage: "failed",
      finished_at: at(60),
      duration: 55,
      seconds: { pending: 5, cloning: 3, building: 52 },
      failed_stage: "building",
    }),
  );
  expect(() => outcomeOf(presentDeployment(someDeployment({ stage: "building" })))).toThrow("stage");
});

test("a percentile is a value that was measured", () => {
  expect(spreadOf([])).toEqual({ p50: null, p95: null });
  expect(spreadOf([null, 30, 10, 20, 1000])).toEqual({ p50: 20, p95: 1000 });
});
