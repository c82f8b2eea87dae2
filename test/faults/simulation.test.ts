// Whole installations over memory, each lived through with the faults that its seed brings. `npm run simulate` takes more of them.
import { describe, expect, test } from "@jest/globals";
import type { WorkerDeps } from "../../lib/core/worker/deps.ts";
import { seedsWithProcesses } from "../support/simulate/plan.ts";
import { shrink } from "../support/simulate/shrink.ts";
import { simulate } from "../support/simulate/simulate.ts";

const seeds = 1000;

test(`nobody complains of ${seeds} seeds`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const { complaints } = await simulate(seed);
    if (complaints.length === 0) continue;
    const { faults, simulated } = await shrink(seed);
    const excerpt = [...simulated.trace.slice(-200), ...faults.map(({ kind }) => kind), ...simulated.complaints];
    throw new Error(`npm run simulate -- --seed ${seed}\n${excerpt.join("\n")}\n${complaints.join("\n")}`);
  }
});

/** Beyond the first thousand: each showed a fault once, which has a test of its own besides. */
const onceComplained = [
  1526, 1533, 1677, 2122, 2295, 2387, 2397, 2494, 3122, 3286, 5094, 5949, 7113, 8677, 8951, 10057,
];

test.each(onceComplained)("nobody complains of seed %i any more", async (seed) => {
  expect((await simulate(seed)).complaints).toEqual([]);
});

test("the same seed lives the same life, to the letter", async () => {
  for (const seed of [3, 14, 159]) {
    const [one, other] = [await simulate(seed, { trace: true }), await simulate(seed, { trace: true })];
    expect(one.trace.length).toBeGreaterThan(100);
    expect(other.trace.join("\n")).toBe(one.trace.join("\n"));
    expect(other.faults).toEqual(one.faults);
  }
});

describe("the simulation sees", () => {
  interface Break {
    /** How the code would be wrong. */
    readonly deps: (deps: WorkerDeps) => WorkerDeps;
    readonly complaint: RegExp;
    /** Every so many seeds have what it takes to see it. */
    readonly every?: number;
  }
  const breaks: Readonly<Record<string, Break>> = {
    "a worker that does not stop what it should": {
      deps: (deps) => ({
        ...deps,
        releases: { ...deps.releases, stop: async () => "absent", undo: async () => "absent" },
      }),
      complaint: /serves|service of app|under way/,
    },
    "an end that is reported before ECS has stopped": {
      deps: (deps) => ({ ...deps, releases: { ...deps.releases, stop: async () => "absent" } }),
      complaint: /and ECS runs it/,
    },
    "processes that are not put back": {
      deps: (deps) => ({ ...deps, processes: { ...deps.processes, restore: async () => "restored" } }),
      complaint: /its process \w+ runs|The process \w+ of app/,
      every: seedsWithProcesses,
    },
    "processes that are live before they run": {
      deps: (deps) => ({
        ...deps,
        processes: {
          ...deps.processes,
          see: async (order, names) =>
            (await deps.processes.see(order, names)).map((one) => ({
              ...one,
              running_since: Array.from({ length: one.desired }, () => "2026-01-01T00:00:00.000Z"),
              others: 0,
            })),
        },
      }),
      complaint: /is live, and its process \w+ does not run/,
      every: seedsWithProcesses,
    },
    "processes that nobody has any more and that stay": {
      deps: (deps) => ({ ...deps, processes: { ...deps.processes, retire: async () => undefined } }),
      complaint: /The process \w+ of app/,
      every: seedsWithProcesses,
    },
    "a lease that ends before its holder": {
      deps: (deps) => ({
        ...deps,
        releases: { ...deps.releases, start: (order) => deps.releases.start(order) },
        deployments: {
          ...deps.deployments,
          replace: (next) =>
            deps.deployments.replace(
              next.lease === null ? next : { ...next, lease: { ...next.lease, until: next.created_at } },
            ),
        },
      }),
      complaint: /began while that of \d+ was under way/,
    },
    "a lane that forgets who entered it": {
      deps: (deps) => ({
        ...deps,
        lanes: { ...deps.lanes, replace: (id, next) => deps.lanes.replace(id, { ...next, highest: 0, asked: 0 }) },
      }),
      complaint: /older deployment/,
    },
    "an end that is reported before the log is sealed": {
      deps: (deps) => ({
        ...deps,
        log: {
          ...deps.log,
          put: async (id, chunk) => chunk.head.sealed || (await deps.log.put(id, chunk)),
        },
      }),
      complaint: /before its log was sealed/,
    },
    "a line that is said to be stored, and is not": {
      deps: (deps) => ({
        ...deps,
        log: {
          ...deps.log,
          put: async (id, chunk) =>
            chunk.lines.some(({ stream }) => stream === "system") || (await deps.log.put(id, chunk)),
        },
      }),
      complaint: /says \d+ lines, \d+ are stored/,
    },
    "an answer before the row is there": {
      deps: (deps) => ({ ...deps, deployments: { ...deps.deployments, create: async () => true } }),
      complaint: /was answered, and is not there|was deployed by nobody/,
    },
    "a sweep that does not poll for what was lost": {
      deps: (deps) => ({ ...deps, deployments: { ...deps.deployments, overdue: async () => [] } }),
      complaint: /is not over/,
    },
    "an audit log that forgets whose request died": {
      deps: (deps) => ({ ...deps, audit: { record: async () => undefined } }),
      complaint: /The audit log has 0 times (approve|reject|cancel)/,
    },
    "task definitions that nobody gives up": {
      deps: (deps) => ({ ...deps, releases: { ...deps.releases, forget: async () => [] } }),
      complaint: /Nobody needs .* it is active/,
    },
    "secrets that are given up although a release names them": {
      deps: (deps) => ({
        ...deps,
        secrets: {
          ...deps.secrets,
          remove: async (app) =>
            deps.secrets.remove(
              app,
              (await deps.secrets.stored(app)).map(({ name }) => name),
            ),
        },
      }),
      complaint: /is named and not there/,
    },
    "secrets that nobody gives up": {
      deps: (deps) => ({ ...deps, secrets: { ...deps.secrets, remove: async () => undefined } }),
      complaint: /Nobody names the secret|The removed app \d+ has the secret/,
    },
    "numbers of configurations that nobody writes down": {
      deps: (deps) => ({ ...deps, configurations: { ...deps.configurations, replace: async () => true } }),
      complaint: /are numbered wrongly/,
    },
    "a slot of the builds that is never given back": {
      deps: (deps) => ({
        ...deps,
        buildSlots: {
          ...deps.buildSlots,
          replace: async (next) =>
            next.running.length < (await deps.buildSlots.get()).running.length || deps.buildSlots.replace(next),
        },
      }),
      complaint: /Slots of builds are taken|is not over/,
    },
  };

  test.each(Object.entries(breaks))("%s", async (_what, { deps, complaint, every = 1 }) => {
    const heard: string[] = [];
    for (let nth = 1; nth <= 400; nth++) {
      const seed = nth * every;
      const { complaints } = await simulate(seed, { breaks: { deps } });
      if (complaints.some((one) => complaint.test(one))) return;
      heard.push(...complaints);
    }
    throw new Error(`Nobody complained of that, but: ${[...new Set(heard)].join(" ")}`);
  });
});
