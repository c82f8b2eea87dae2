import { expect, test } from "@jest/globals";
import { useOf } from "@slipway/local-aws/services/ecs/engine-stats";
import { createTaskMetrics, type MeasuredTask } from "@slipway/local-aws/services/ecs/task-metrics";

const start = Date.parse("2026-11-02T10:00:10Z");

/** A clock whose timers the test lets run, and what was published. */
function measuring(tasks: () => readonly MeasuredTask[]) {
  let now = start;
  let due: { at: number; run: () => void } | undefined;
  const clock = {
    now: () => now,
    elapsed: () => now,
    after: (ms: number, run: () => void) => {
      due = { at: now + ms, run };
      return () => undefined;
    },
  };
  const published: [at: string, name: string, value: number][] = [];
  const metrics = createTaskMetrics(
    { clock, log: () => undefined },
    async () => tasks(),
    ({ name, dimensions }, value) => {
      expect(dimensions).toEqual({ ClusterName: "slipway", ServiceName: "slipway-1" });
      published.push([new Date(now).toISOString().slice(11, 19), name, value]);
    },
  );
  metrics.start();
  const next = async (): Promise<void> => {
    const timer = due;
    if (timer === undefined) throw new Error("Nobody waits.");
    due = undefined;
    now = timer.at;
    timer.run();
    while (due === undefined) await new Promise((resume) => setImmediate(resume));
  };
  return { published, next };
}

const task = (id: string, use: MeasuredTask["use"]): MeasuredTask => ({
  id,
  cluster: "slipway",
  serviceName: "slipway-1",
  cpuUnits: 512,
  memoryMb: 512,
  startedAt: start,
  use,
});

test("each running task has one value in each minute of the clock, by what it used since the last one", async () => {
  let cpuSeconds = 5;
  const memoryBytes = 128 * 1024 * 1024;
  const { published, next } = measuring(() => [task("a", { cpuSeconds, memoryBytes })]);
  await next();
  cpuSeconds += 15;
  await next();
  await next();
  expect(published).toEqual([
    // Twenty seconds after its start five of half a processor's ten.
    ["10:00:30", "CPUUtilization", 50],
    ["10:00:30", "MemoryUtilization", 25],
    ["10:01:30", "CPUUtilization", 50],
    ["10:01:30", "MemoryUtilization", 25],
    ["10:02:30", "CPUUtilization", 0],
    ["10:02:30", "MemoryUtilization", 25],
  ]);
});

test("a container engine says how many processors are busy", async () => {
  const { published, next } = measuring(() => [task("a", { processors: 0.25, memoryBytes: 0 })]);
  await next();
  expect(published[0]).toEqual(["10:00:30", "CPUUtilization", 50]);
});

test.each([
  ["0.50%|12.5MiB / 512MiB", { processors: 0.005, memoryBytes: 12.5 * 1024 * 1024 }],
  ["103.15%|8.7MB / 536.9MB\n", { processors: 1.0315, memoryBytes: 8.7e6 }],
  ["0.00%|980KiB / 1GiB", { processors: 0, memoryBytes: 980 * 1024 }],
  ["0.00%|0B / 0B", { processors: 0, memoryBytes: 0 }],
  ["--|-- / --", undefined],
  ["", undefined],
])("of an engine that says %j", (text, use) => {
  const seen = useOf(text);
  if (use === undefined) expect(seen).toBeUndefined();
  else {
    expect(seen).toMatchObject({ memoryBytes: use.memoryBytes });
    expect(seen !== undefined && "processors" in seen ? seen.processors : Number.NaN).toBeCloseTo(use.processors);
  }
});
