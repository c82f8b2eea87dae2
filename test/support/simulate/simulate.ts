import { someApp, someSettings } from "../deployments.ts";
import { ratesOf, type SeededFaults, seededFaults } from "./faults.ts";
import { complaintsAtTheEnd, isQuiet } from "./invariants.ts";
import { People } from "./people.ts";
import { planOf } from "./plan.ts";
import { randomOf } from "./random.ts";
import { Scheduler } from "./scheduler.ts";
import { type Breaks, System } from "./system.ts";
import { traceOf } from "./trace.ts";

export interface Options {
  readonly trace?: boolean;
  /** Of the faults that the seed brings only these; `null`: all. */
  readonly only?: ReadonlySet<number> | null;
  readonly breaks?: Breaks;
}

export interface Simulated {
  readonly complaints: readonly string[];
  readonly trace: readonly string[];
  readonly faults: SeededFaults["happened"];
  readonly steps: number;
}

/** Long after every deadline, and after the slowest of all repairs. */
const timeoutMs = 4 * 60 * 60 * 1000;
const mostSteps = 200_000;

/** Lives through what a seed has in store. The same seed gives the same trace, to the letter. */
export async function simulate(
  seed: number,
  { trace: isTraced = false, only = null, breaks = {} }: Options = {},
): Promise<Simulated> {
  const plan = planOf(seed);
  const random = randomOf(seed ^ 0x5bd1e995);
  const trace = traceOf(isTraced);
  const faults = seededFaults(
    randomOf(seed ^ 0x27d4eb2f),
    ratesOf(randomOf(seed ^ 0x165667b1)),
    () => scheduler.time > plan.endsAt,
    only,
  );
  const scheduler: Scheduler = new Scheduler(random, faults, trace);
  const system = new System({ plan, random, faults, trace, scheduler, breaks });
  for (const [index, settings] of plan.apps.entries()) {
    const id = index + 1;
    const named = { name: `shop-${id}`, repo_url: `https://git.example.com/shop-${id}.git`, ...settings };
    await system.apps.create(someApp({ id, settings: someSettings(named) }));
  }
  const people = new People(system);
  const isOver = (): boolean => {
    if (scheduler.steps > mostSteps) return true;
    if (scheduler.time < plan.endsAt || system.isBusy || people.isBusy || !isQuiet(system)) return false;
    return system.repositories.size === 0 || system.headsSince(plan.endsAt) > 0;
  };
  await scheduler.run(timeoutMs, isOver);
  await repair(system, people, () => scheduler.run(scheduler.time + timeoutMs, isOver));
  if (scheduler.steps > mostSteps) system.complain("It does not come to rest.");
  for (const complaint of await complaintsAtTheEnd(system, people)) system.complain(complaint);
  const { complaints } = system;
  return { complaints, trace: trace.lines, faults: faults.happened, steps: scheduler.steps };
}

/** A service that was deleted by a late request is there again after the next deployment, which nobody has to prepare. */
async function repair(system: System, people: People, run: () => Promise<void>): Promise<void> {
  const apps: number[] = [];
  for (const id of system.deletedLate) {
    if ((await system.apps.get(id)) === null || system.ecs.serving(id) !== null) continue;
    apps.push(id);
    people.deployAnew(id);
  }
  if (apps.length === 0) return;
  system.isAllWell = true;
  await run();
}
