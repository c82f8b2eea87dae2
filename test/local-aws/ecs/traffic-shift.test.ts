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
class World {
  tasks: TaskView[];
  production = 0;
  testing = 0;
  status: DeploymentStatus = "PENDING";
  failures = 0;
  ringing: readonly string[] = [];
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
    const alarms = { ringing: this.ringing, rollback: true };
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
    else if (action.type === "weigh") this.#weigh(action.rule, action.percent);
    else {
      for (let index = 0; index < action.count; index += 1) {
        this.#ids += 1;
        this.tasks = [...this.tasks, { id: `task-${this.#ids}`, revision: action.revision, state: "starting" }];
      }
    }
  }

  #weigh(rule: "production" | "test", percent: number): void {
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
      ringsAt: fc.integer({ min: 0, max: 240 }),
      failing: fc.constantFrom(0, 0, 1, 3),
      picks: fc.array(fc.nat(), { minLength: 120, maxLength: 120 }),
    });
    fc.assert(
      fc.property(life, ({ desired, steps: planned, pauses, givenUpAt, ringsAt, failing, picks }) => {
        const world = new World(desired, planned);
        world.shift.pause = pauses ? "wanted" : null;
        for (const [turn, pick] of picks.entries()) {
          if (turn === givenUpAt && (world.status === "IN_PROGRESS" || world.status === "PENDING"))
            world.status = "ROLLBACK_REQUESTED";
          if (turn === ringsAt) world.ringing = ["errors"];
          if (pick % 3 === 0) world.goOn();
          world.turn();
          if (world.production > 0) expect(world.healthy("new")).toBeGreaterThan(0);
          if (world.production < 100) expect(world.healthy("old")).toBeGreaterThan(0);
          world.shift.minutes += 1;
          world.become(pick % 5 < failing ? "failed" : "healthy", pick);
        }
        const kept = world.status === "SUCCESSFUL";
        expect(["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]).toContain(world.status);
        if (world.triggered.length > 0) expect(kept).toBe(false);
        expect(world.tasks.map(({ revision }) => revision)).toEqual(Array(desired).fill(kept ? "new" : "old"));
        expect(world.tasks.every(({ state }) => state === "healthy")).toBe(true);
        expect([world.production, world.testing]).toEqual(kept ? [100, 100] : [0, 0]);
        const all = planned.map(({ percent }) => percent);
        const made = kept ? all : all.slice(0, world.percents.filter((percent) => percent > 0).length);
        expect(world.percents.filter((percent) => percent > 0)).toEqual(made);
      }),
      { numRuns: 300 },
    );
  });

  test("goes back as soon as an alarm rings, in whatever bake, and says which", () => {
    const world = new World(1, [
      { percent: 10, bakeMinutes: 2 },
      { percent: 100, bakeMinutes: 2 },
    ]);
    for (let turn = 0; turn < 20; turn += 1) {
      world.turn();
      world.become("healthy", 0);
    }
    expect(world).toMatchObject({ status: "IN_PROGRESS", production: 10 });
    world.ringing = ["errors"];
    world.turn();
    expect(world).toMatchObject({ status: "ROLLBACK_IN_PROGRESS", triggered: ["errors"] });
    for (let turn = 0; turn < 5; turn += 1) world.turn();
    expect(world).toMatchObject({ production: 0, status: "ROLLBACK_SUCCESSFUL" });
  });

  test("keeps the old tasks until the bake is over, and shifts no production traffic before it is continued", () => {
    const world = new World(1, [{ percent: 100, bakeMinutes: 2 }]);
    world.shift.pause = "wanted";
    for (let turn = 0; turn < 20; turn += 1) {
      world.turn();
      world.become("healthy", 0);
    }
    expect(world).toMatchObject({ testing: 100, production: 0, shift: { pause: "paused" } });
    world.goOn();
    for (let turn = 0; turn < 20; turn += 1) world.turn();
    expect(world).toMatchObject({ production: 100, shift: { stage: "BAKE_TIME" } });
    expect([world.healthy("old"), world.healthy("new")]).toEqual([1, 1]);
    world.shift.minutes = 2;
    for (let turn = 0; turn < 20; turn += 1) world.turn();
    expect(world.status).toBe("SUCCESSFUL");
    expect(world.healthy("old")).toBe(0);
  });

  test("that was superseded on its way gives its traffic back before anything of the next one starts", () => {
    const world = new World(1, [{ percent: 100, bakeMinutes: 0 }]);
    world.tasks = [...world.tasks, { id: "stray", revision: "superseded", state: "healthy" }];
    world.production = 10;
    world.turn();
    world.turn();
    expect(world).toMatchObject({ production: 0, percents: [0] });
    world.turn();
    expect(world.tasks.map(({ id }) => id)).toEqual(["old-0"]);
  });

  test("goes back to one that runs no task any more only when somebody there answers", () => {
    const world = new World(1, [{ percent: 100, bakeMinutes: 0 }]);
    Object.assign(world, { status: "ROLLBACK_IN_PROGRESS", production: 100 });
    world.tasks = [{ id: "new-0", revision: "new", state: "healthy" }];
    world.turn();
    expect(world.production).toBe(100);
    world.become("healthy", 0);
    for (let turn = 0; turn < 5; turn += 1) world.turn();
    expect(world).toMatchObject({ production: 0, status: "ROLLBACK_SUCCESSFUL" });
  });
});
