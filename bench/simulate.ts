import { parseArgs } from "node:util";
import { shrink } from "../test/support/simulate/shrink.ts";
import { simulate } from "../test/support/simulate/simulate.ts";

/**
 * `npm run simulate -- --seeds 10000 [--from 1]` lives through so many seeds and prints those with complaints, each with
 * its trace and the few faults that it takes. `--seed S` replays one and prints its trace, the same to the letter each time.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    from: { type: "string" },
    brief: { type: "boolean" },
  },
});

const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function replay(seed: number): Promise<number> {
  const { complaints, trace } = await simulate(seed, { trace: true });
  print(trace.join("\n"));
  print(complaints.length === 0 ? `Seed ${seed}: no complaints.` : `Seed ${seed}:\n  ${complaints.join("\n  ")}`);
  return complaints.length;
}

async function explain(seed: number): Promise<void> {
  const { faults, simulated } = await shrink(seed);
  print(simulated.trace.join("\n"));
  print(`Seed ${seed} complains with ${faults.length} faults: ${faults.map(({ kind }) => kind).join(", ")}`);
  for (const complaint of simulated.complaints) print(`  ${complaint}`);
}

async function search(from: number, seeds: number): Promise<number> {
  const failing: number[] = [];
  let steps = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const simulated = await simulate(seed);
    steps += simulated.steps;
    if (simulated.complaints.length === 0) continue;
    failing.push(seed);
    print(`Seed ${seed}:\n  ${simulated.complaints.join("\n  ")}`);
  }
  const [first] = failing;
  if (first !== undefined && values.brief !== true) await explain(first);
  print(
    `${seeds} seeds, ${steps} steps, ${failing.length} with complaints${failing.length === 0 ? "" : `: ${failing.join(" ")}`}`,
  );
  return failing.length;
}

const complaints =
  values.seed === undefined
    ? await search(Number(values.from ?? 1), Number(values.seeds ?? 1000))
    : await replay(Number(values.seed));
process.exitCode = complaints === 0 ? 0 : 1;
