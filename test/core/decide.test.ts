import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decide } from "../../lib/core/deployment/decide.ts";
import { type Deployment, deploymentSchema } from "../../lib/core/deployment/deployment.ts";
import { effectKey } from "../../lib/core/deployment/effect.ts";
import type { DeploymentEvent } from "../../lib/core/deployment/event.ts";
import { isTerminal, type Stage } from "../../lib/core/stage.ts";
import { plusSeconds } from "../../lib/core/time.ts";
import { someDeployment, someSettings } from "../support/deployments.ts";

const start = "2026-01-01T00:00:00.000Z";

/** Which stage may directly follow which. */
const follows: Record<Stage, readonly Stage[]> = {
  pending: ["cloning", "awaiting_approval", "deploying", "failed", "cancelled", "superseded"],
  cloning: ["building", "failed", "cancelled"],
  building: ["awaiting_approval", "deploying", "failed", "cancelled"],
  awaiting_approval: ["deploying", "failed", "cancelled"],
  deploying: ["success", "failed", "cancelled"],
  success: [],
  failed: [],
  cancelled: [],
  superseded: [],
};

/** Keys that `effect_done` may name: all that the deployment ever enqueues, and one that it never does. */
const keys = [
  "enter_lane",
  "seal_log",
  "leave_lane",
  "record_release",
  "stop_release",
  "stop_build#1",
  "close_build_log#1",
  "write_line#1",
  "write_line#2",
  "nonsense",
];

const finished = fc.record({
  outcome: fc.constantFrom("succeeded" as const, "failed" as const),
  stage: fc.constantFrom("cloning" as const, "building" as const),
  code: fc.constantFrom("build_failed", null),
  message: fc.constantFrom("Docker build failed with exit code 7", null),
  exit_code: fc.constantFrom(7, null),
  image_digest: fc.constantFrom("sha256:abc", null),
});

const anyEvent: fc.Arbitrary<DeploymentEvent> = fc.oneof(
  fc.constant<DeploymentEvent>({ type: "woken" }),
  fc.constant<DeploymentEvent>({ type: "polled", due: "current" }),
  fc.constant<DeploymentEvent>({ type: "admitted" }),
  fc.constant<DeploymentEvent>({ type: "superseded", by: 9 }),
  fc.constant<DeploymentEvent>({ type: "commit_resolved", commit: "a".repeat(40), message: "Fix" }),
  fc.constant<DeploymentEvent>({ type: "commit_refused", code: "branch_not_found", message: "No such branch." }),
  fc.constant<DeploymentEvent>({ type: "repository_unreachable", message: "It does not answer." }),
  fc.record({
    type: fc.constant("image_reused" as const),
    attempt: fc.integer({ min: 1, max: 2 }),
    image_digest: fc.constant("sha256:earlier"),
    from: fc.constant(1),
    build_key: fc.constant("key"),
    built_at: fc.constant("2026-01-01T00:00:00Z"),
    image_bytes: fc.constant(1000),
  }),
  fc.record({
    type: fc.constant("build_started" as const),
    attempt: fc.integer({ min: 1, max: 2 }),
    build_id: fc.constantFrom("b:1", "b:2"),
  }),
  fc.record({
    type: fc.constant("build_seen" as const),
    attempt: fc.integer({ min: 1, max: 2 }),
    cloned: fc.option(fc.constant({ commit: "b".repeat(40), message: "Fix" })),
    step: fc.option(fc.record({ number: fc.integer({ min: 1, max: 5 }), of: fc.constant(5) })),
    finished: fc.option(finished, { freq: 3 }),
    status: fc.option(
      fc.constantFrom(
        "in_progress" as const,
        "failed" as const,
        "fault" as const,
        "stopped" as const,
        "timed_out" as const,
        "absent" as const,
      ),
      { freq: 2 },
    ),
    detail: fc.constant(null),
  }),
  fc.constant<DeploymentEvent>({
    type: "release_started",
    task_definition: "app:3",
    url: "http://shop",
    load_balancer_url: "http://lb:8001",
    note: null,
  }),
  fc.constant<DeploymentEvent>({ type: "release_refused", message: "No." }),
  fc.record({
    type: fc.constant("release_seen" as const),
    state: fc.constantFrom("in_progress" as const, "rolling_back" as const, "succeeded" as const, "failed" as const),
    healthy: fc.integer({ min: 0, max: 2 }),
    desired: fc.constant(2),
    traffic: fc.constantFrom(0, 10, 100),
    baking: fc.boolean(),
    paused: fc.boolean(),
    reason: fc.constantFrom("Unhealthy.", null),
    alarm: fc.constantFrom("The alarm shop-errors tripped.", null),
    printed: fc.constantFrom("It printed last: bye", null),
    trouble: fc.constantFrom("ECS has no capacity for the task.", null),
    unhealthy: fc.constantFrom("The new version did not become healthy.", null),
    exit_code: fc.constant(null),
    restored: fc.boolean(),
  }),
  fc.constantFrom(null, "it answered 500").map((wrong): DeploymentEvent => ({ type: "release_checked", wrong })),
  fc.constant<DeploymentEvent>({ type: "cancel_requested", by: "ada", reason: null }),
  fc.constant<DeploymentEvent>({ type: "approved", by: "ada", reason: null }),
  fc.constant<DeploymentEvent>({ type: "rejected", by: "ada", reason: "no" }),
  fc.constantFrom(...keys).map((key): DeploymentEvent => ({ type: "effect_done", key })),
);

/** Mostly the outbox is carried out in order, as the worker does; sometimes anything at all happens. */
const step = fc.record({
  event: anyEvent,
  outbox: fc.boolean(),
  seconds: fc.constantFrom(0, 1, 20, 4000),
  repeat: fc.boolean(),
});

const resultOf: Partial<Record<string, DeploymentEvent>> = {
  enter_lane: { type: "admitted" },
  resolve_commit: { type: "commit_resolved", commit: "a".repeat(40), message: "Fix" },
  "start_build#1": { type: "build_started", attempt: 1, build_id: "b:1" },
  "start_build#2": { type: "build_started", attempt: 2, build_id: "b:2" },
  start_release: {
    type: "release_started",
    task_definition: "app:3",
    url: "http://shop",
    load_balancer_url: "http://lb:8001",
    note: null,
  },
};

interface Seen {
  readonly before: Deployment;
  readonly after: Deployment;
  readonly enqueued: readonly string[];
}

/** Runs a history and answers each change of the row. */
function live(
  first: Deployment,
  steps: readonly { event: DeploymentEvent; outbox: boolean; seconds: number; repeat: boolean }[],
): Seen[] {
  const seen: Seen[] = [];
  let row = first;
  let now = start;
  const happen = (event: DeploymentEvent) => {
    const decision = decide(
      row,
      event.type === "polled" ? { type: "polled", due: row.next_poll_at ?? "" } : event,
      now,
    );
    if (!("next" in decision)) return;
    seen.push({ before: row, after: decision.next, enqueued: decision.effects.map(effectKey) });
    row = decision.next;
  };
  for (const { event, outbox, seconds, repeat } of steps) {
    now = plusSeconds(now, seconds);
    const effect = row.outbox[0];
    if (outbox && effect) happen(resultOf[effectKey(effect)] ?? { type: "effect_done", key: effectKey(effect) });
    else happen(event);
    if (repeat) happen(event);
  }
  return seen;
}

const history = fc.array(step, { minLength: 5, maxLength: 60 });
const anyStart = fc.constantFrom(
  someDeployment(),
  someDeployment({ image_digest: "sha256:old", trigger: "rollback" }),
  someDeployment({}, { approval: "required" }),
);

const forAllHistories = (promise: (seen: Seen, history: readonly Seen[]) => void) =>
  fc.assert(
    fc.property(anyStart, history, (first, steps) => {
      const all = live(first, steps);
      for (const each of all) promise(each, all);
    }),
    { numRuns: 500 },
  );

describe("whatever happens to a deployment, in whatever order and however often", () => {
  test("only legal stages follow each other, and terminal is terminal", () => {
    forAllHistories(({ before, after }) => {
      const stages = after.timeline.slice(before.timeline.length - 1).map((entry) => entry.stage);
      stages.slice(1).forEach((stage, index) => {
        expect(follows[stages[index] ?? "success"]).toContain(stage);
      });
      if (isTerminal(before.stage)) expect(after.stage).toBe(before.stage);
    });
  });

  test("every stage is entered", () => {
    const entered = new Set<Stage>();
    forAllHistories(({ before, after }) => {
      for (const { stage } of [...before.timeline, ...after.timeline]) entered.add(stage);
    });
    // A stage that is missing here has followers, and nothing in `decide` that enters it.
    expect(Object.keys(follows).filter((stage) => !entered.has(stage as Stage))).toEqual([]);
  });

  test("progress never runs backwards, except to 0 on failure", () => {
    forAllHistories(({ before, after }) => {
      if (after.stage === "failed") expect(after.progress).toBe(0);
      else expect(after.progress).toBeGreaterThanOrEqual(before.progress);
    });
  });

  test("the version grows by one with each write", () => {
    forAllHistories(({ before, after }) => expect(after.version).toBe(before.version + 1));
  });

  test("each effect is enqueued exactly once", () => {
    fc.assert(
      fc.property(anyStart, history, (first, steps) => {
        const enqueued = live(first, steps).flatMap((each) => each.enqueued);
        expect(new Set(enqueued).size).toBe(enqueued.length);
      }),
      { numRuns: 500 },
    );
  });

  test("a terminal stage is written only after the log was sealed, and says so", () => {
    forAllHistories(({ after }) => {
      expect(after.log_complete).toBe(isTerminal(after.stage));
      if (isTerminal(after.stage)) {
        expect(after.enqueued).toContain("seal_log");
        expect(after.outbox.map(effectKey)).not.toContain("seal_log");
      }
    });
  });

  test("nothing is started once the end is decided", () => {
    forAllHistories(({ before, enqueued }) => {
      if (before.ending !== null) expect(enqueued.filter((key) => key.startsWith("start_"))).toEqual([]);
    });
  });

  test("an unfinished deployment always has a poll due, and a deadline unless it is being finalized", () => {
    forAllHistories(({ after }) => {
      if (after.finished_at !== null) return;
      expect(after.next_poll_at).not.toBeNull();
      if (after.ending === null) expect(after.deadline_at).not.toBeNull();
    });
  });

  test("each version can be read back", () => {
    forAllHistories(({ after }) => expect(deploymentSchema.parse(JSON.parse(JSON.stringify(after)))).toEqual(after));
  });

  test("if the outbox is carried out and time passes, it ends", () => {
    fc.assert(
      fc.property(anyStart, history, (first, steps) => {
        const seen = live(first, steps);
        let row = seen.at(-1)?.after ?? first;
        let now = plusSeconds(start, 60 * 4000);
        for (let round = 0; round < 60 && (row.finished_at === null || row.outbox.length > 0); round++) {
          now = plusSeconds(now, 100_000);
          const effect = row.outbox[0];
          const event: DeploymentEvent = effect
            ? (resultOf[effectKey(effect)] ?? { type: "effect_done", key: effectKey(effect) })
            : { type: "polled", due: row.next_poll_at ?? "" };
          // A poll that is late would move the deadline: this one comes on time, at the deadline.
          const at = effect ? now : (row.next_poll_at ?? now);
          const past = effect || row.deadline_at === null ? row : { ...row, deadline_at: at };
          const decision = decide(past, event, at);
          if ("next" in decision) row = decision.next;
        }
        expect(isTerminal(row.stage)).toBe(true);
        expect(row.outbox).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the usual life", () => {
  const seenBuild = {
    type: "build_seen",
    attempt: 1,
    cloned: { commit: "c".repeat(40), message: "Fix" },
    step: null,
    finished: null,
    status: null,
    detail: null,
  } as const;
  const succeeded = {
    outcome: "succeeded",
    stage: "building",
    code: null,
    message: null,
    exit_code: 0,
    image_digest: "sha256:new",
  } as const;
  const running = {
    type: "release_seen",
    state: "in_progress",
    healthy: 1,
    desired: 1,
    traffic: 100,
    baking: false,
    paused: false,
    reason: null,
    alarm: null,
    printed: null,
    trouble: null,
    unhealthy: null,
    exit_code: null,
    restored: false,
  } as const;

  function lifeOf(events: readonly DeploymentEvent[], first = someDeployment(), now = start): Deployment {
    let row = first;
    for (const event of events) {
      const decision = decide(row, event, now);
      if ("next" in decision) row = decision.next;
    }
    return row;
  }

  test("a step raises the progress of a build that has cloned, and is nothing new before", () => {
    const reached = { ...seenBuild, cloned: null, step: { number: 2, of: 4 } };
    const cloning = lifeOf(toBuilding.slice(0, 3), someDeployment({ outbox: [{ type: "enter_lane" }] }));
    expect(decide(cloning, reached, start)).toEqual({ ignored: "build_seen says nothing new" });
    expect(lifeOf([seenBuild, reached, { ...reached, step: { number: 1, of: 4 } }], cloning).progress).toBe(59);
  });

  test("what a release needs that takes minutes is begun before the build, unless the app was released with it", () => {
    const building = (live_before: number | null, internal: boolean): Deployment =>
      lifeOf(
        toBuilding.slice(0, 2),
        someDeployment({ outbox: [{ type: "enter_lane" }], live_before, settings: someSettings({ internal }) }),
      );
    const first = ["prepare_release", "start_build"];
    expect(building(null, false).outbox.map(({ type }) => type)).toEqual(first);
    expect(building(6, true).outbox.map(({ type }) => type)).toEqual(first);
    expect(building(6, false).outbox.map(({ type }) => type)).toEqual(["start_build"]);
  });

  const toBuilding: DeploymentEvent[] = [
    { type: "admitted" },
    { type: "commit_resolved", commit: "c".repeat(40), message: "Fix" },
    { type: "build_started", attempt: 1, build_id: "b:1" },
    seenBuild,
  ];
  const toDeploying: DeploymentEvent[] = [
    ...toBuilding,
    { ...seenBuild, finished: succeeded },
    {
      type: "release_started",
      task_definition: "app:3",
      url: "http://shop",
      load_balancer_url: "http://lb:8001",
      note: null,
    },
  ];
  const stagesOf = (row: Deployment) => row.timeline.map((entry) => [entry.stage, entry.progress]);

  test("goes through all stages with the promised progress", () => {
    const row = lifeOf([
      ...toDeploying,
      running,
      { ...running, state: "succeeded" },
      { type: "effect_done", key: "record_release" },
      { type: "effect_done", key: "seal_log" },
    ]);
    expect(stagesOf(row)).toEqual([
      ["pending", 0],
      ["cloning", 20],
      ["building", 50],
      ["deploying", 80],
      ["success", 100],
    ]);
    expect(row).toMatchObject({
      stage: "success",
      message: "Deployment succeeded",
      error_message: null,
      image_digest: "sha256:new",
      url: "http://shop",
    });
  });

  test("a rollback releases its digest without clone, build or approval", () => {
    const row = lifeOf(
      [{ type: "admitted" }],
      someDeployment({ image_digest: "sha256:old", trigger: "rollback", rollback_of: 3 }, { approval: "required" }),
    );
    expect(row.stage).toBe("deploying");
    expect(row.outbox.map(effectKey)).toContain("start_release");
  });

  test("a cancelled build is cancelled only when the source says that it has stopped", () => {
    const asked = lifeOf([
      ...toBuilding,
      { type: "cancel_requested", by: "ada", reason: null },
      { type: "effect_done", key: "stop_build#1" },
    ]);
    expect(asked.stage).toBe("building");
    const stopped = lifeOf(
      [
        { ...seenBuild, status: "stopped" },
        { type: "effect_done", key: "seal_log" },
      ],
      asked,
    );
    expect(stopped.stage).toBe("cancelled");
  });

  test("a release that ECS does not show is not gone before it must be shown, and gone then", () => {
    const absent = {
      ...running,
      state: "absent",
      traffic: 0,
      task_definition: null,
      reason: "The service is gone.",
    } as const;
    const begun = lifeOf(toDeploying);
    expect(begun.release).toMatchObject({ running: true, started_at: start });
    const soon = decide(begun, absent, plusSeconds(start, 59));
    expect(soon).toEqual({ ignored: expect.any(String) });
    const later = decide(begun, absent, plusSeconds(start, 61));
    expect(later).toMatchObject({ next: { ending: { stage: "failed", message: expect.stringContaining("gone") } } });
    // What is to be stopped may not be shown yet either; what was stopped is gone at once.
    const cancelled = lifeOf([{ type: "cancel_requested", by: "ada", reason: null }], begun);
    expect(decide(cancelled, absent, plusSeconds(start, 5))).toEqual({ ignored: "ECS may not show it yet" });
    const stopped = lifeOf([{ type: "effect_done", key: "stop_release" }], cancelled);
    expect(decide(stopped, absent, plusSeconds(start, 5))).toMatchObject({ next: { release: { running: false } } });
  });

  describe("of a start that nobody answered for, which ECS may show late", () => {
    const absent = { ...running, state: "absent", traffic: 0, task_definition: null } as const;
    const begun = (holder: string, at: string): DeploymentEvent => ({
      type: "effect_begun",
      key: "start_release",
      holder,
      until: plusSeconds(at, 90),
    });
    const cancel: DeploymentEvent = { type: "cancel_requested", by: "ada", reason: null };
    const vanished = lifeOf([...toBuilding, { ...seenBuild, finished: succeeded }, begun("vanished", start)]);

    test("it is not taken for gone as soon as the lease is over", () => {
      const cancelled = lifeOf([cancel], vanished);
      const seenAfter = (seconds: number) => decide(cancelled, absent, plusSeconds(start, seconds));
      expect(seenAfter(95)).toEqual({ ignored: "ECS may not show it yet" });
      expect(seenAfter(149)).toEqual({ ignored: "ECS may not show it yet" });
      expect(seenAfter(151)).toMatchObject({ next: { release: { running: false } } });
    });

    test("it is not taken for gone where somebody tried again and gave up", () => {
      const again = plusSeconds(start, 100);
      const taken = lifeOf([begun("next", again), { type: "effect_put_off", holder: "next" }, cancel], vanished, again);
      expect(decide(taken, absent, plusSeconds(again, 59))).toEqual({ ignored: "ECS may not show it yet" });
      expect(decide(taken, absent, plusSeconds(again, 61))).toMatchObject({ next: { release: { running: false } } });
    });

    test("nothing is waited for once the start is known to have begun nothing", () => {
      const ended = lifeOf([cancel, { type: "effect_put_off", holder: "vanished" }], vanished);
      expect(decide(ended, absent, plusSeconds(start, 1))).toMatchObject({ next: { release: { running: false } } });
    });
  });

  test("a cancelled start that comes through all the same counts, whatever was seen before it did", () => {
    const begun = (key: string, holder: string): DeploymentEvent => ({
      type: "effect_begun",
      key,
      holder,
      until: plusSeconds(start, 90),
    });
    const gone = { ...running, state: "failed", traffic: 0, task_definition: null } as const;
    const asked = lifeOf([
      ...toBuilding,
      { ...seenBuild, finished: succeeded },
      begun("start_release", "slow"),
      { type: "cancel_requested", by: "ada", reason: null },
      gone,
      { type: "effect_put_off", holder: "slow" },
      begun("stop_release", "late"),
      { type: "effect_done", key: "stop_release" },
    ]);
    expect(asked).toMatchObject({ stage: "deploying", release: { running: true } });
    expect(asked.enqueued).not.toContain("seal_log");
    const through = lifeOf([{ ...running, state: "succeeded" }], asked);
    expect(through).toMatchObject({ ending: { stage: "success" } });
    expect(lifeOf([gone], asked).enqueued).toContain("seal_log");
  });

  test.each([-3600, 3600])("how long ago it ended is not believed where the clock jumped by %i s", (jump) => {
    const due = plusSeconds(start, 15);
    const ended = someDeployment({ stage: "cancelled", next_poll_at: due, outbox: [{ type: "confirm_stopped" }] });
    const begun = (row: Deployment, now: string) =>
      decide(row, { type: "effect_begun", key: "confirm_stopped", holder: "h", until: plusSeconds(now, 90) }, now);
    const polledAt = (now: string): Deployment => {
      const decision = decide(ended, { type: "polled", due }, now);
      if (!("next" in decision)) throw new Error(decision.ignored);
      return decision.next;
    };
    expect(begun(polledAt(plusSeconds(due, 1)), plusSeconds(due, 1))).toHaveProperty("next");
    const after = plusSeconds(due, jump);
    expect(begun(polledAt(after), plusSeconds(after, 60))).toHaveProperty("ignored");
    expect(begun(polledAt(after), plusSeconds(after, 91))).toHaveProperty("next");
  });

  test("a build whose host was lost is started once more, and fails the second time", () => {
    const again = lifeOf([...toBuilding, { ...seenBuild, status: "fault" }]);
    expect(again.outbox.map(effectKey)).toEqual(expect.arrayContaining(["close_build_log#1", "start_build#2"]));
    const twice = lifeOf(
      [
        { type: "build_started", attempt: 2, build_id: "b:2" },
        { ...seenBuild, attempt: 2, status: "fault" },
        { type: "effect_done", key: "seal_log" },
      ],
      again,
    );
    expect(twice).toMatchObject({
      stage: "failed",
      error_code: "build_host_lost",
      failed_stage: "building",
      progress: 0,
    });
  });

  test("a failing command's exit code and text are kept", () => {
    const row = lifeOf([
      ...toBuilding,
      {
        ...seenBuild,
        finished: {
          ...succeeded,
          outcome: "failed",
          code: "build_failed",
          message: "Docker build failed with exit code 7",
          exit_code: 7,
          image_digest: null,
          steps: [{ name: "RUN exit 7", seconds: 4.2, cached: false }],
        },
      },
      { type: "effect_done", key: "seal_log" },
    ]);
    expect(row.build_result).toEqual({
      outcome: "failed",
      steps: [{ name: "RUN exit 7", seconds: 4.2, cached: false }],
      image_bytes: null,
    });
    expect(row).toMatchObject({
      stage: "failed",
      error_message: "Docker build failed with exit code 7",
      exit_code: 7,
      failed_stage: "building",
    });
  });

  test("a release that failed says whether the earlier one serves again", () => {
    const row = lifeOf([
      ...toDeploying,
      { ...running, state: "failed", reason: "Unhealthy.", restored: true },
      { type: "effect_done", key: "seal_log" },
    ]);
    expect(row).toMatchObject({
      stage: "failed",
      failed_stage: "deploying",
      rolled_back: true,
      error_message: "Unhealthy.",
    });
  });

  describe("a release that shifts traffic", () => {
    const strategy = { type: "canary", percent: 10, canary_bake_minutes: 5, bake_minutes: 3 } as const;
    const smoke_check = { path: "/ready", expect_status: 204 };
    const released = (more: readonly DeploymentEvent[], given: Partial<typeof strategy> | object = {}) =>
      lifeOf([...toDeploying, ...more], someDeployment({}, { strategy: { ...strategy, ...given } }));
    const linesOf = (row: Deployment) => row.outbox.flatMap((effect) => ("line" in effect ? effect.line : []));

    test("says how much of it is on the new version, with a line for each shift and one when the bake begins", () => {
      const seen = [
        { ...running, traffic: 0 },
        { ...running, traffic: 10 },
        { ...running, traffic: 10 },
        { ...running, traffic: 100 },
        { ...running, traffic: 100, baking: true },
      ];
      const messages = seen.map((_, index) => released(seen.slice(0, index + 1)).message);
      expect(messages).toEqual([
        "Starting container",
        "10 % of traffic on the new version",
        "10 % of traffic on the new version",
        "All traffic on the new version",
        "All traffic on the new version, the earlier one is kept ready",
      ]);
      expect(linesOf(released(seen)).slice(-3)).toEqual([
        "10 % of traffic is on the new version for 5 minutes.",
        "All traffic is on the new version.",
        "The earlier version is kept ready for 3 minutes.",
      ]);
      const progress = seen.map((_, index) => released(seen.slice(0, index + 1)).progress);
      expect(progress).toEqual([89, 90, 90, 99, 99]);
    });

    test("may take as long as it bakes beyond what every release may", () => {
      expect(released([]).deadline_at).toBe(plusSeconds(start, 60 + (5 + 3) * 60 + 30 + 10 * 60));
    });

    test("says when all of it is back, and nothing where the release is gone", () => {
      const begun = [{ ...running, traffic: 10 }];
      const back: DeploymentEvent = { ...running, state: "failed", traffic: 0, restored: true };
      expect(linesOf(released([...begun, back]))).toContain("All traffic is on the earlier version again.");
      expect(linesOf(released([...begun, { ...back, restored: false }])).join()).not.toContain("earlier version again");
    });

    test("is checked once before it gets traffic, and goes on where the answer is right", () => {
      const paused = { ...running, traffic: 0, paused: true };
      const row = released([paused, paused], { smoke_check });
      expect(row.message).toBe("Checking the new version");
      expect(row.outbox.filter(({ type }) => type === "check_release")).toHaveLength(1);
      const checked = released([paused, { type: "release_checked", wrong: null }], { smoke_check });
      expect(checked).toMatchObject({ stage: "deploying", ending: null });
      expect(checked.outbox.map(effectKey)).not.toContain("check_release");
      expect(linesOf(checked)).toContain("The smoke check passed: GET /ready answered 204.");
    });

    test("that has traffic has passed its check, though nobody recorded it", () => {
      const row = released(
        [
          { ...running, traffic: 0, paused: true },
          { ...running, traffic: 10 },
        ],
        { smoke_check },
      );
      expect(linesOf(row).slice(-2)).toEqual([
        "The smoke check passed: GET /ready answered 204.",
        "10 % of traffic is on the new version for 5 minutes.",
      ]);
      expect(row.outbox.map(effectKey)).not.toContain("check_release");
    });

    test("is stopped where the answer is wrong, with a sentence that names what was asked, expected and seen", () => {
      const failed: DeploymentEvent = { ...running, state: "failed", traffic: 0, restored: true };
      const row = released(
        [
          { ...running, traffic: 0, paused: true },
          { type: "release_checked", wrong: "it answered 500" },
          failed,
          { type: "effect_done", key: "seal_log" },
        ],
        { smoke_check },
      );
      expect(row.enqueued).toContain("stop_release");
      expect(row).toMatchObject({ stage: "failed", failed_stage: "deploying", rolled_back: true });
      expect(row.error_code).toBe("smoke_check_failed");
      expect(row.error_message).toContain("GET /ready should answer 204, but it answered 500");
    });

    test("is not checked any more once it is cancelled", () => {
      const row = released(
        [
          { ...running, paused: true },
          { type: "cancel_requested", by: "ada", reason: null },
        ],
        { smoke_check },
      );
      expect(row.outbox.map(effectKey)).not.toContain("check_release");
      expect(row.outbox.map(effectKey)).toContain("stop_release");
    });

    test("has a row that was written before traffic was recorded", () => {
      const { release, ...row } = released([running]);
      const { traffic: _, baking: __, alarm: ___, ...older } = release ?? {};
      expect(deploymentSchema.parse({ ...row, release: older }).release).toMatchObject({
        traffic: 0,
        baking: false,
        alarm: null,
      });
    });

    test("writes into its log what its start reports", () => {
      const events = toDeploying.map((event) =>
        event.type === "release_started" ? { ...event, note: "Check it." } : event,
      );
      expect(linesOf(lifeOf(events)).at(-1)).toBe("Starting 1 of shop. Check it.");
      expect(linesOf(released([])).at(-1)).toBe("Starting 1 of shop.");
    });

    const alarm = "The alarm slipway-1-errors tripped: too many answers were 5xx.";
    const tripped = { ...running, state: "rolling_back", traffic: 10, alarm } as const;
    const back = {
      ...running,
      state: "failed",
      traffic: 0,
      restored: true,
      printed: "It printed last: oh no",
    } as const;

    test("whose alarm tripped says so at once and once, and ends with those words although the alarm is silent again", () => {
      const row = released([{ ...running, traffic: 10 }, tripped, { ...tripped, alarm: `${alarm} Again.` }, back]);
      expect(row).toMatchObject({ rolled_back: true });
      expect(row.ending).toMatchObject({
        stage: "failed",
        error_code: "alarm_tripped",
        failed_stage: "deploying",
        message: `${alarm} It printed last: oh no`,
      });
      const lines = linesOf(row).filter((line) => line.startsWith(alarm));
      expect(lines).toEqual([`${alarm} Rolling back to the earlier version.`]);
      expect(released([{ ...running, traffic: 10 }, tripped]).message).toBe("Rolling back");
    });

    test("whose alarm tripped between two polls ends with that too", () => {
      const row = released([
        { ...running, traffic: 10 },
        { ...back, alarm, printed: null, reason: "Something else." },
      ]);
      expect(row.ending).toMatchObject({ error_code: "alarm_tripped", message: alarm });
    });

    test("that was to end otherwise before its alarm tripped ends so", () => {
      const cancelled: DeploymentEvent = { type: "cancel_requested", by: "ada", reason: null };
      const row = released([{ ...running, traffic: 10 }, cancelled, tripped, back]);
      expect(row.ending).toMatchObject({ stage: "cancelled", message: "Cancelled by ada" });
    });

    test("says at once and once what keeps its tasks from starting, and ends with it at its deadline", () => {
      const trouble = "Your account's quota of Fargate is used up: no vCPUs. Request more.";
      const hindered = { ...running, healthy: 0, traffic: 0, trouble };
      const row = released([hindered, { ...hindered, trouble: `${trouble} Again.` }]);
      expect(row.message).toBe(`${trouble} Again.`);
      expect(linesOf(row).filter((line) => line.startsWith(trouble))).toEqual([trouble]);
      expect(released([hindered, running]).message).toBe("Starting container");
      const due = plusSeconds(row.deadline_at ?? "", 1);
      const late = decide({ ...row, next_poll_at: due }, { type: "polled", due }, due);
      expect("next" in late && late.next.ending?.message).toContain(`the deadline of that stage. ${trouble}`);
    });

    test("is taken back as soon as a task was not healthy in its time, and ends when that is done", () => {
      // What was printed by then is told with it.
      const unhealthy = "The new version did not become healthy: GET / on port 3000: 500. It printed last: oh";
      const row = released([{ ...running, healthy: 0, traffic: 0, unhealthy }]);
      expect(row.ending).toMatchObject({ stage: "failed", error_code: "release_failed", message: unhealthy });
      expect(row.outbox.map(effectKey)).toContain("stop_release");
      const later = released([{ ...running, healthy: 0, traffic: 0, unhealthy }, back]);
      expect(later).toMatchObject({ rolled_back: true, ending: { message: unhealthy } });
    });

    test("has the log say what the app printed where it failed, before the log is sealed", () => {
      const keys = released([{ ...back, reason: "Unhealthy." }]).outbox.map(effectKey);
      expect(keys.indexOf("write_output")).toBeGreaterThanOrEqual(0);
      expect(keys.indexOf("write_output")).toBeLessThan(keys.indexOf("seal_log"));
      const cancelled: DeploymentEvent = { type: "cancel_requested", by: "ada", reason: null };
      expect(released([running, cancelled, back]).outbox.map(effectKey)).not.toContain("write_output");
    });

    test("that failed its smoke check says what the app printed", () => {
      const paused = { ...running, traffic: 0, paused: true };
      const wrong: DeploymentEvent = { type: "release_checked", wrong: "it answered 500" };
      const row = released([paused, wrong, back], { smoke_check });
      expect(row.ending?.error_code).toBe("smoke_check_failed");
      expect(row.ending?.message).toMatch(/it answered 500\. .* It printed last: oh no$/);
    });
  });

  describe("a release that was started twice", () => {
    const second: DeploymentEvent = {
      type: "release_started",
      task_definition: "app:4",
      url: "http://shop",
      load_balancer_url: "http://lb:8001",
      note: null,
    };

    test("follows the start that ECS runs, whichever was reported first", () => {
      const row = lifeOf([...toDeploying, second, { ...running, task_definition: "app:4" }]);
      expect(row.release?.task_definition).toBe("app:4");
      expect(row.outbox).toContainEqual(expect.objectContaining({ line: expect.stringMatching(/started twice/) }));
    });

    test("after the end: just that start is stopped", () => {
      const ended = lifeOf([
        ...toDeploying,
        { ...running, state: "succeeded" },
        { type: "effect_done", key: "record_release" },
        { type: "effect_done", key: "seal_log" },
        second,
      ]);
      expect(ended.outbox).toContainEqual(
        expect.objectContaining({ type: "stop_orphaned_release", task_definition: "app:4", since: expect.any(String) }),
      );
      expect(ended.release?.task_definition).toBe("app:3");
    });

    test("a refusal of the second start has the first one stopped before anything is said to have failed", () => {
      const starting = toDeploying.slice(0, -1);
      const row = lifeOf([...starting, { type: "release_refused", message: "It was not idempotent." }]);
      expect(row).toMatchObject({ stage: "deploying", ending: { error_code: "release_refused" } });
      expect(row.outbox.map(({ type }) => type)).toContain("stop_release");
      expect(row.enqueued).not.toContain("seal_log");
    });

    test("one whose end is decided ends when its stop was carried out, not before", () => {
      const cancelled = lifeOf([
        ...toDeploying.slice(0, -1),
        { type: "cancel_requested", by: "ada", reason: null },
        { ...running, state: "failed" },
      ]);
      expect(cancelled.enqueued).not.toContain("seal_log");
      const stopped = lifeOf([
        ...toDeploying.slice(0, -1),
        { type: "cancel_requested", by: "ada", reason: null },
        { ...running, state: "failed" },
        { type: "effect_done", key: "stop_release" },
        { type: "effect_done", key: "seal_log" },
      ]);
      expect(stopped.stage).toBe("cancelled");
      expect(stopped.outbox.map(({ type }) => type)).toContain("confirm_stopped");
    });

    test("one that was stopped is not live by what was seen of it before that", () => {
      const held: DeploymentEvent = {
        type: "effect_begun",
        key: "stop_release",
        holder: "one",
        until: plusSeconds(start, 90),
      };
      const stopped: readonly DeploymentEvent[] = [
        ...toDeploying,
        { type: "cancel_requested", by: "ada", reason: null },
        held,
        { type: "effect_done", key: "stop_release" },
      ];
      const asked = lifeOf(stopped.slice(0, -2)).version;
      const seen: DeploymentEvent = { ...running, state: "succeeded" };
      expect(decide(lifeOf(stopped), { ...seen, asked }, start)).toHaveProperty("ignored");
      expect(lifeOf([...stopped, { ...seen, asked: lifeOf(stopped).version }]).ending?.stage).toBe("success");
    });

    test("one that somebody else took over is polled once more when it is live, and another does not", () => {
      const starting = toDeploying.slice(0, -1);
      const begun = (holder: string, until: string): DeploymentEvent => ({
        type: "effect_begun",
        key: "start_release",
        holder,
        until,
      });
      const toTheEnd: readonly DeploymentEvent[] = [
        ...toDeploying.slice(-1),
        { ...running, state: "succeeded" },
        { type: "effect_done", key: "record_release" },
        { type: "effect_done", key: "seal_log" },
      ];
      const taken = lifeOf([...starting, begun("gone", start), begun("next", plusSeconds(start, 90)), ...toTheEnd]);
      const given = lifeOf([...starting, begun("only", plusSeconds(start, 90)), ...toTheEnd]);
      expect([taken.stage, given.stage]).toEqual(["success", "success"]);
      expect(taken.outbox.map(({ type }) => type)).toContain("confirm_stopped");
      expect(given.outbox.map(({ type }) => type)).not.toContain("confirm_stopped");
    });

    test("one that somebody else's release replaced is started again, three times in all", () => {
      const displaced: DeploymentEvent = { ...running, state: "displaced" };
      const again = lifeOf([...toDeploying, displaced]);
      expect(again.outbox).toContainEqual({ type: "start_release", attempt: 2 });
      expect(again.ending).toBeNull();
      const known = (task_definition: string): DeploymentEvent => ({ ...second, task_definition });
      const failed = lifeOf([...toDeploying, displaced, known("app:5"), displaced, known("app:6"), displaced]);
      expect(failed.ending?.error_code).toBe("release_displaced");
    });
  });

  test("a cancel that comes while the log is being sealed changes nothing: its line would be lost", () => {
    const sealing = lifeOf([
      ...toDeploying,
      { ...running, state: "succeeded" },
      { type: "effect_done", key: "record_release" },
    ]);
    expect(sealing.enqueued).toContain("seal_log");
    expect(decide(sealing, { type: "cancel_requested", by: "ada", reason: null }, start)).toHaveProperty("ignored");
  });

  test("a release that succeeded although it was to be cancelled is a success", () => {
    const row = lifeOf([
      ...toDeploying,
      { type: "cancel_requested", by: "ada", reason: null },
      { ...running, state: "succeeded" },
      { type: "effect_done", key: "record_release" },
      { type: "effect_done", key: "seal_log" },
    ]);
    expect(row.stage).toBe("success");
    expect(row.cancel_requested_at).not.toBeNull();
  });
});
