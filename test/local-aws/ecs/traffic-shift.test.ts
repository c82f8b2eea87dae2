import { describe, expect, test } from "@jest/globals";
import { deploymentConfiguration } from "@slipway/local-aws/services/ecs/model";
import type {
  Action,
  DeploymentStatus,
  DeploymentView,
  Observed,
  ShiftView,
  TaskView,
} from "@slipway/local-aws/services/ecs/strategy";
import { shifting, stepsOf } from "@slipway/local-aws/services/ecs/traffic-shift";
import * as fc from "fast-check";

const configuration = (given: object) => deploymentConfiguration.parse(given);

describe("the steps of", () => {
  test.each([
    ["blue-green", { strategy: "BLUE_GREEN", bakeTimeInMinutes: 5 }, [[100, 5]]],
    [
      "linear",
      { strategy: "LINEAR", bakeTimeInMinutes: 5, linearConfiguration: { stepPercent: 40, stepBakeTimeInMinutes: 2 } },
      [
        [40, 2],
        [80, 2],
        [100, 5],
      ],
    ],
    [
      "canary",
      { strategy: "CANARY", canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 3 } },
      [
        [10, 3],
        [100, 0],
      ],
    ],
  ])("%s", (_name, given, steps) => {
    const shown = stepsOf(configuration(given), false).map(({ percent, bakeMinutes }) => [percent, bakeMinutes]);
    expect(shown).toEqual(steps);
  });

  test("a first release: everything at once", () => {
    expect(stepsOf(configuration({ strategy: "CANARY", bakeTimeInMinutes: 5 }), true)).toEqual([
      { percent: 100, bakeMinutes: 0 },
    ]);
  });

  test("any strategy: grow, and end with everything", () => {
    const given = fc.record({
      strategy: fc.constantFrom("BLUE_GREEN", "LINEAR", "CANARY"),
      linearConfiguration: fc.record({ stepPercent: fc.integer({ min: 3, max: 100 }) }),
      canaryConfiguration: fc.record({ canaryPercent: fc.integer({ min: 1, max: 100 }) }),
    });
    fc.assert(
      fc.property(given, (one) => {
        const percents = stepsOf(configuration(one), false).map(({ percent }) => percent);
        expect(percents).toEqual([...new Set(percents)].toSorted((a, b) => a - b));
        expect(percents.at(-1)).toBe(100);
      }),
    );
  });
});

/** A service and its load balancer in which everything happens at once, but tasks become healthy or fail when the test says so. */
class SimulatedService {
  tasks: TaskView[];
  production = 0;
  testing = 0;
  status: DeploymentStatus = "PENDING";
  failures = 0;
  inAlarm: readonly string[] = [];
  triggered: readonly string[] = [];
  readonly shift: { -readonly [K in keyof ShiftView]: ShiftView[K] };
  readonly percents: number[] = [];
  readonly desired: number;
  #ids = 0;

  constructor(desired: number, steps: ShiftView["steps"]) {
    this.desired = desired;
    this.tasks = Array.from({ length: desired }, (_, index) => ({
      id: `old-${index}`,
      revision: "old",
      state: "healthy",
    }));
    this.shift = { steps, stage: "PRE_SCALE_UP", step: 0, minutes: 0, pause: null };
  }

  view(): DeploymentView {
    const breaker = { enable: true, rollback: true };
    const alarms = { inAlarm: this.inAlarm, rollback: true };
    const { status, failures, shift } = this;
    return { status, target: "new", fallback: "old", breaker, alarms, failures, shift };
  }

  observed(): Observed {
    const { desired, tasks, production, testing } = this;
    return { desired, minimumHealthyPercent: 100, maximumPercent: 200, tasks, heldBack: [], production, test: testing };
  }

  turn(): void {
    for (const action of shifting(this.view(), this.observed())) this.#perform(action);
  }

  #perform(action: Action): void {
    if (action.type === "stop") this.tasks = this.tasks.filter(({ id }) => id !== action.task);
    else if (action.type === "status") {
      this.status = action.status;
      this.triggered = action.triggered ?? this.triggered;
      this.failures = 0;
    } else if (action.type === "stage")
      Object.assign(this.shift, { stage: action.stage, step: action.step, minutes: 0 });
    else if (action.type === "pause") this.shift.pause = "paused";
    else if (action.type === "set-weight") this.#setWeight(action.rule, action.percent);
    else {
      for (let index = 0; index < action.count; index += 1) {
        this.#ids += 1;
        this.tasks = [...this.tasks, { id: `task-${this.#ids}`, revision: action.revision, state: "starting" }];
      }
    }
  }

  #setWeight(rule: "production" | "test", percent: number): void {
    this.shift.minutes = 0;
    if (rule === "test") this.testing = percent;
    else {
      this.production = percent;
      this.percents.push(percent);
    }
  }

  healthy(revision: string): number {
    return this.tasks.filter((task) => task.revision === revision && task.state === "healthy").length;
  }

  goOn(): void {
    if (this.shift.pause === "paused") this.shift.pause = "continue";
  }

  become(state: "healthy" | "failed", pick: number): void {
    const starting = this.tasks.filter((task) => task.state === "starting");
    const one = starting[pick % Math.max(1, starting.length)];
    if (state === "healthy") this.tasks = this.tasks.map((task) => (task === one ? { ...task, state } : task));
    else if (one?.revision === "new") {
      this.tasks = this.tasks.filter((task) => task !== one);
      this.failures += 1;
    }
  }
}

const steps = fc.constantFrom<ShiftView["steps"]>(
  [{ percent: 100, bakeMinutes: 2 }],
  [
    { percent: 10, bakeMinutes: 2 },
    { percent: 100, bakeMinutes: 0 },
  ],
  [
    { percent: 40, bakeMinutes: 1 },
    { percent: 80, bakeMinutes: 1 },
    { percent: 100, bakeMinutes: 3 },
  ],
);

describe("a deployment that shifts traffic", () => {
  test("whatever happens to its tasks and whenever it is given up: nobody is ever sent where nobody answers, and it ends", () => {
    const life = fc.record({
      desired: fc.integer({ min: 1, max: 4 }),
      steps,
      pauses: fc.boolean(),
      givenUpAt: fc.integer({ min: 0, max: 120 }),
      alarmAt: fc.integer({ min: 0, max: 240 }),
      failing: fc.constantFrom(0, 0, 1, 3),
      picks: fc.array(fc.nat(), { minLength: 120, maxLength: 120 }),
    });
    fc.assert(
      fc.property(life, ({ desired, steps: planned, pauses, givenUpAt, alarmAt, failing, picks }) => {
        const simulated = new SimulatedService(desired, planned);
        simulated.shift.pause = pauses ? "wanted" : null;
        for (const [turn, pick] of picks.entries()) {
          if (turn === givenUpAt && (simulated.status === "IN_PROGRESS" || simulated.status === "PENDING"))
            simulated.status = "ROLLBACK_REQUESTED";
          if (turn === alarmAt) simulated.inAlarm = ["errors"];
          if (pick % 3 === 0) simulated.goOn();
          simulated.turn();
          if (simulated.production > 0) expect(simulated.healthy("new")).toBeGreaterThan(0);
          if (simulated.production < 100) expect(simulated.healthy("old")).toBeGreaterThan(0);
          simulated.shift.minutes += 1;
          simulated.become(pick % 5 < failing ? "failed" : "healthy", pick);
        }
        const kept = simulated.status === "SUCCESSFUL";
        expect(["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]).toContain(simulated.status);
        if (simulated.triggered.length > 0) expect(kept).toBe(false);
        expect(simulated.tasks.map(({ revision }) => revision)).toEqual(Array(desired).fill(kept ? "new" : "old"));
        expect(simulated.tasks.every(({ state }) => state === "healthy")).toBe(true);
        expect([simulated.production, simulated.testing]).toEqual(kept ? [100, 100] : [0, 0]);
        const all = planned.map(({ percent }) => percent);
        const made = kept ? all : all.slice(0, simulated.percents.filter((percent) => percent > 0).length);
        expect(simulated.percents.filter((percent) => percent > 0)).toEqual(made);
      }),
      { numRuns: 300 },
    );
  });

  test("rolls back as soon as an alarm goes off, in whatever bake, and says which", () => {
    const simulated = new SimulatedService(1, [
      { percent: 10, bakeMinutes: 2 },
      { percent: 100, bakeMinutes: 2 },
    ]);
    for (let turn = 0; turn < 20; turn += 1) {
      simulated.turn();
      simulated.become("healthy", 0);
    }
    expect(simulated).toMatchObject({ status: "IN_PROGRESS", production: 10 });
    simulated.inAlarm = ["errors"];
    simulated.turn();
    expect(simulated).toMatchObject({ status: "ROLLBACK_IN_PROGRESS", triggered: ["errors"] });
    for (let turn = 0; turn < 5; turn += 1) simulated.turn();
    expect(simulated).toMatchObject({ production: 0, status: "ROLLBACK_SUCCESSFUL" });
  });

  test("keeps the old tasks until the bake is over, and shifts no production traffic before it is continued", () => {
    const simulated = new SimulatedService(1, [{ percent: 100, bakeMinutes: 2 }]);
    simulated.shift.pause = "wanted";
    for (let turn = 0; turn < 20; turn += 1) {
      simulated.turn();
      simulated.become("healthy", 0);
    }
    expect(simulated).toMatchObject({ testing: 100, production: 0, shift: { pause: "paused" } });
    simulated.goOn();
    for (let turn = 0; turn < 20; turn += 1) simulated.turn();
    expect(simulated).toMatchObject({ production: 100, shift: { stage: "BAKE_TIME" } });
    expect([simulated.healthy("old"), simulated.healthy("new")]).toEqual([1, 1]);
    simulated.shift.minutes = 2;
    for (let turn = 0; turn < 20; turn += 1) simulated.turn();
    expect(simulated.status).toBe("SUCCESSFUL");
    expect(simulated.healthy("old")).toBe(0);
  });

  test("that was superseded on its way gives its traffic back before anything of the next one starts", () => {
    const simulated = new SimulatedService(1, [{ percent: 100, bakeMinutes: 0 }]);
    simulated.tasks = [...simulated.tasks, { id: "stray", revision: "superseded", state: "healthy" }];
    simulated.production = 10;
    simulated.turn();
    simulated.turn();
    expect(simulated).toMatchObject({ production: 0, percents: [0] });
    simulated.turn();
    expect(simulated.tasks.map(({ id }) => id)).toEqual(["old-0"]);
  });

  test("goes back to one that runs no task any more only when somebody there answers", () => {
    const simulated = new SimulatedService(1, [{ percent: 100, bakeMinutes: 0 }]);
    Object.assign(simulated, { status: "ROLLBACK_IN_PROGRESS", production: 100 });
    simulated.tasks = [{ id: "new-0", revision: "new", state: "healthy" }];
    simulated.turn();
    expect(simulated.production).toBe(100);
    simulated.become("healthy", 0);
    for (let turn = 0; turn < 5; turn += 1) simulated.turn();
    expect(simulated).toMatchObject({ production: 0, status: "ROLLBACK_SUCCESSFUL" });
  });
});
