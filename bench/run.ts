import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { printCalls } from "./calls.ts";
import { type Comparison, compare, entriesOf, keepHistory, lastKept, machineClass } from "./compared.ts";
import type { Measurement } from "./measurement.ts";
import { type Part, parts } from "./parts/all.ts";
import { measurePeer, writePeerApp } from "./peer.ts";

const usage = `npm run bench -- [flags]

  --only NAME     one part; may be given several times
  --quick         few samples of the parts that have a quick form
  --runs N        run everything so many times; the table has the last run
  --compare       run everything five times, and say what got slower or faster than the last entry of bench/history.jsonl
                  from a machine like this one; with --runs 1 less surely
  --doubled       end with 1 if a ratio is twice what it was; such a part is run twice more before
  --keep          add the result to bench/history.jsonl; with --calls, write bench/calls.json
  --calls         deploy once with one viewer, and count the calls to AWS and what they cost; with --quick without the
                  two idle minutes
  --peer URL      watch a deployment of another server: ws://localhost:9000/api/deployments/logs?id=1
  --peer-app DIR  write the app that it has to deploy to DIR

Parts:
${Object.entries(parts)
  .map(([name, { about }]) => `  ${name.padEnd(14)} ${about}`)
  .join("\n")}
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function refuse(sentence: string): never {
  process.stderr.write(`${sentence}\n\n${usage}`);
  process.exit(2);
}

function flags() {
  try {
    return parseArgs({
      options: {
        only: { type: "string", multiple: true, default: [] },
        quick: { type: "boolean", default: false },
        runs: { type: "string" },
        compare: { type: "boolean", default: false },
        doubled: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
        calls: { type: "boolean", default: false },
        peer: { type: "string" },
        "peer-app": { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

type Chosen = readonly (readonly [name: string, run: Part["run"]])[];

/** The parts that were asked for. */
function chosen({ only, quick }: ReturnType<typeof flags>): Chosen {
  const unknown = only.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) refuse(`There is no part ${unknown.join(", ")}.`);
  return Object.entries(parts).flatMap(([name, part]) => {
    const run = quick ? part.quick : part.run;
    return run === undefined || (only.length > 0 && !only.includes(name)) ? [] : [[name, run] as const];
  });
}

async function measure(wanted: Chosen): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const [name, run] of wanted) {
    process.stderr.write(`${name} …\n`);
    measurements.push(...(await run()));
  }
  return measurements;
}

function keepResults(measurements: readonly Measurement[]): void {
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  const file = `${new Date().toISOString().replaceAll(":", "-")}.json`;
  writeFileSync(join(folder, file), `${JSON.stringify(measurements, null, 2)}\n`);
}

const about = () => ({
  commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
  at: new Date().toISOString(),
});

function comparisons(runs: readonly (readonly Measurement[])[]): Comparison[] {
  const known = lastKept(machineClass());
  return entriesOf(runs, about()).flatMap((now) => {
    const before = known.get(now.what);
    return before === undefined ? [] : [compare(before, now)];
  });
}

const isDoubled = ({ change }: Comparison): boolean => change >= 2;

/** Something else on the machine doubles a ratio, too, but not three times in a row. */
async function stillDoubled(wanted: Chosen, runs: readonly (readonly Measurement[])[]): Promise<readonly string[]> {
  let doubled = comparisons(runs).filter(isDoubled);
  for (let again = 0; again < 2 && doubled.length > 0; again++) {
    const names = new Set(doubled.map(({ what }) => what));
    const measured = await measure(wanted);
    doubled = comparisons([measured]).filter((one) => names.has(one.what) && isDoubled(one));
  }
  return doubled.map(({ what, before, now }) => `${what}: ${now} times its baseline, ${before} before`);
}

async function bench(given: ReturnType<typeof flags>): Promise<number> {
  const wanted = chosen(given);
  const runs: Measurement[][] = [];
  for (let n = Number(given.runs ?? (given.compare ? 5 : 1)); n > 0; n--) runs.push(await measure(wanted));
  console.table(runs.at(-1));
  keepResults(runs.flat());
  if (given.keep) keepHistory(entriesOf(runs, about()));
  if (given.compare) console.table(comparisons(runs));
  if (!given.doubled) return 0;
  const doubled = await stillDoubled(wanted, runs);
  for (const sentence of doubled) say(sentence);
  return doubled.length === 0 ? 0 : 1;
}

const given = flags();
if (given.help) say(usage);
else if (given.calls) process.exitCode = (await printCalls(say, given)) ? 0 : 1;
else if (given["peer-app"] !== undefined) writePeerApp(given["peer-app"]);
else if (given.peer !== undefined) console.table(await measurePeer(given.peer));
else process.exitCode = await bench(given);
