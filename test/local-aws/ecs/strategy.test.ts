import { describe, expect, test } from "@jest/globals";
import {
  breakerThreshold,
  converge,
  converged,
  type DeploymentView,
  type Observed,
  rolling,
  type TaskView,
} from "@slipway/local-aws/services/ecs/strategy";
import * as fc from "fast-check";

const task = (id: string, revision: string, state: TaskView["state"] = "healthy"): TaskView => ({
  id,
  revision,
  state,
});
const observed = (desired: number, tasks: TaskView[], more: Partial<Observed> = {}): Observed => ({
  desired,
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  tasks,
  heldBack: [],
  production: null,
  test: null,
  ...more,
});
const deployment = (more: Partial<DeploymentView> = {}): DeploymentView => ({
  status: "IN_PROGRESS",
  target: "new",
  fallback: "old",
  breaker: { enable: true, rollback: true },
  alarms: { inAlarm: [], rollback: true },
  failures: 0,
  shift: null,
  ...more,
});

describe("an alarm", () => {
  const inAlarm = (more: Partial<DeploymentView>) =>
    rolling(deployment({ alarms: { inAlarm: ["errors"], rollback: true }, ...more }), observed(1, [task("a", "new")]));

  test("has the deployment go back, or ends it where it is not to go back, and is named", () => {
    const named = { type: "status", reason: expect.stringContaining("alarm(s) detected"), triggered: ["errors"] };
    expect(inAlarm({})).toEqual([{ ...named, status: "ROLLBACK_IN_PROGRESS" }]);
    const alarms = { inAlarm: ["errors"], rollback: false };
    expect(inAlarm({ alarms })).toEqual([{ ...named, status: "STOPPED" }]);
  });

  test("does nothing to the first deployment of a service", () => {
    expect(inAlarm({ fallback: null })).toMatchObject([{ status: "SUCCESSFUL" }]);
  });
});

describe("converging on a revision", () => {
  test("new tasks start before old ones stop", () => {
    expect(converge("new", observed(1, [task("a", "old")]))).toEqual([{ type: "start", revision: "new", count: 1 }]);
    expect(converge("new", observed(1, [task("a", "old"), task("b", "new", "starting")]))).toEqual([]);
    expect(converge("new", observed(1, [task("a", "old"), task("b", "new")]))).toEqual([
      { type: "stop", task: "a", because: "scaling" },
    ]);
  });

  test("what is unhealthy is replaced, what is superfluous stopped", () => {
    expect(converge("new", observed(1, [task("a", "new", "unhealthy")]))).toEqual([
      { type: "stop", task: "a", because: "unhealthy" },
      { type: "start", revision: "new", count: 1 },
    ]);
    expect(converge("new", observed(1, [task("a", "new"), task("b", "new", "starting")]))).toEqual([
      { type: "stop", task: "b", because: "scaling" },
    ]);
  });

  test("nothing is started while tasks that keep failing are held back", () => {
    expect(converge("new", observed(2, [], { heldBack: ["new"] }))).toEqual([]);
  });

  test("from any beginning: it ends, with the minimum kept once reached and the maximum never exceeded", () => {
    const scenario = fc.record({
      desired: fc.integer({ min: 1, max: 6 }),
      minimum: fc.constantFrom(0, 50, 100),
      maximum: fc.constantFrom(150, 200),
      old: fc.integer({ min: 0, max: 6 }),
      order: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
    });
    fc.assert(
      fc.property(scenario, ({ desired, minimum, maximum, old, order }) => {
        const limits = { minimumHealthyPercent: minimum, maximumPercent: maximum };
        let tasks = Array.from({ length: Math.min(old, desired) }, (_, index) => task(`old-${index}`, "old"));
        const least = Math.min(tasks.length, Math.ceil((desired * minimum) / 100));
        for (const [turn, pick] of order.entries()) {
          const now = observed(desired, tasks, limits);
          if (converged("new", now)) return;
          for (const action of converge("new", now)) {
            if (action.type === "stop") tasks = tasks.filter(({ id }) => id !== action.task);
            if (action.type === "start")
              for (let index = 0; index < action.count; index += 1)
                tasks = [...tasks, task(`${turn}-${index}`, action.revision, "starting")];
          }
          expect(tasks.filter(({ state }) => state === "healthy").length).toBeGreaterThanOrEqual(least);
          expect(tasks.length).toBeLessThanOrEqual(Math.max(Math.floor((desired * maximum) / 100), 1));
          const starting = tasks.filter(({ state }) => state === "starting");
          const next = starting[pick % Math.max(starting.length, 1)];
          tasks = tasks.map((one) => (one === next ? { ...one, state: "healthy" } : one));
        }
        // Room for no other task and none to spare: what runs can never be replaced, and on AWS neither.
        expect(Math.floor((desired * maximum) / 100)).toBe(desired);
        expect(Math.ceil((desired * minimum) / 100)).toBe(desired);
      }),
    );
  });
});

describe("a rolling service deployment", () => {
  const next = rolling;

  test("is successful when only healthy tasks of its target run, as many as desired", () => {
    expect(next(deployment(), observed(1, [task("a", "new"), task("b", "old")]))).toMatchObject([{ type: "stop" }]);
    expect(next(deployment(), observed(1, [task("a", "new")]))).toMatchObject([{ status: "SUCCESSFUL" }]);
  });

  test("rolls back when as many tasks failed as the circuit breaker allows", () => {
    expect([1, 6, 10, 1000].map(breakerThreshold)).toEqual([3, 3, 5, 200]);
    const now = observed(1, [task("a", "old")]);
    expect(next(deployment({ failures: 2 }), now)).toMatchObject([{ type: "start", revision: "new" }]);
    expect(next(deployment({ failures: 3 }), now)).toMatchObject([{ status: "ROLLBACK_IN_PROGRESS" }]);
    const disabled = deployment({ failures: 30, breaker: { enable: false, rollback: false } });
    expect(next(disabled, now)).toMatchObject([{ type: "start", revision: "new" }]);
  });

  test("stops, and its failing tasks with it, where there is nothing to roll back to or it may not", () => {
    const now = observed(1, [task("a", "new", "starting")]);
    expect(next(deployment({ failures: 3, fallback: null }), now)).toMatchObject([
      { type: "stop", task: "a" },
      { status: "STOPPED" },
    ]);
    const kept = deployment({ failures: 3, breaker: { enable: true, rollback: false } });
    expect(next(kept, observed(1, [task("b", "old")]))).toMatchObject([{ status: "STOPPED" }]);
  });

  test("rolling back puts the earlier revision in place by the same steps, and may fail too", () => {
    const back = deployment({ status: "ROLLBACK_IN_PROGRESS" });
    expect(next(back, observed(1, [task("a", "new")]))).toMatchObject([{ type: "start", revision: "old" }]);
    expect(next(back, observed(1, [task("a", "new", "starting"), task("b", "old")]))).toMatchObject([
      { type: "stop", task: "a" },
    ]);
    expect(next(back, observed(1, [task("b", "old")]))).toMatchObject([{ status: "ROLLBACK_SUCCESSFUL" }]);
    expect(next({ ...back, failures: 3 }, observed(1, []))).toMatchObject([{ status: "ROLLBACK_FAILED" }]);
  });
});
