import type { SeededFaults } from "./faults.ts";
import { type Options, type Simulated, simulate } from "./simulate.ts";

const mostRuns = 300;

/** The few of a seed's faults without which it complains no more, found by leaving out ever smaller parts of them. */
export async function shrink(
  seed: number,
  options: Omit<Options, "only" | "trace"> = {},
): Promise<{ readonly faults: SeededFaults["happened"]; readonly simulated: Simulated }> {
  const run = (only: ReadonlySet<number>) => simulate(seed, { ...options, only });
  const all = await simulate(seed, options);
  let needed = all.faults.map(({ number }) => number);
  let runs = 0;
  for (let size = Math.ceil(needed.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < needed.length && runs < mostRuns; ) {
      const fewer = [...needed.slice(0, from), ...needed.slice(from + size)];
      runs += 1;
      if ((await run(new Set(fewer))).complaints.length > 0) needed = fewer;
      else from += size;
    }
  }
  const simulated = await simulate(seed, { ...options, only: new Set(needed), trace: true });
  return { faults: simulated.faults, simulated };
}
