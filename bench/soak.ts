import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runCampaign } from "./soak/campaign.ts";
import { runLoad } from "./soak/load/load.ts";
import { planOf } from "./soak/plan.ts";
import type { SoakReport } from "./soak/report.ts";
import { runStrategies } from "./soak/strategies.ts";

const usage = `npm run soak -- [--releases 20] [--strategy canary]   releases of each strategy under a request loop
npm run soak -- --kills [--seed S] [--minutes N | --rounds N] [--faults kills,stops,fills] [--stop 20s-90s] [--apps 6] [--minute 10s] [--verbose]
npm run soak -- --load [--scale 1] [--verbose]        200 apps, 1,000 deployments, 50 viewers on 50,000 lines, 500 idle sockets
`;

const { values } = parseArgs({
  options: {
    kills: { type: "boolean", default: false },
    load: { type: "boolean", default: false },
    scale: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
    releases: { type: "string", default: "20" },
    strategy: { type: "string", multiple: true },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    minutes: { type: "string" },
    rounds: { type: "string", default: "8" },
    faults: { type: "string" },
    stop: { type: "string", default: "20-90" },
    apps: { type: "string", default: "6" },
    minute: { type: "string", default: "10s" },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const log = values.verbose ? (line: string) => say(`${new Date().toISOString().slice(11, 19)} ${line}`) : () => {};
const newDirectory = (): string => mkdtempSync(join(tmpdir(), "slipway-soak-"));

async function kills(): Promise<number> {
  const minutes = values.minutes === undefined ? null : Number(values.minutes);
  const many = minutes === null ? 3 : Math.ceil(minutes * 2);
  const [kills = many, stops = Math.ceil(many / 3), fills = Math.ceil(many / 6)] =
    values.faults?.split(",").map(Number) ?? [];
  const [stopFrom = 20, stopTo = 90] = values.stop.split("-").map(Number);
  const { seed, minute } = values;
  const plan = planOf({
    ...{ seed, kills, stops, fills },
    rounds: minutes === null ? Number(values.rounds) : 500,
    ...{ stopFrom: stopFrom * 1000, stopTo: stopTo * 1000 },
    ...{ betweenFrom: 2_000, betweenTo: 25_000 },
    apps: Number(values.apps),
  });
  const directory = newDirectory();
  say(`seed ${seed}, in ${directory}`);
  const lastsMs = minutes === null ? null : minutes * 60_000;
  return judged(await runCampaign({ plan, directory, lastsMs, minute, say: log }), directory, seed);
}

async function load(): Promise<number> {
  const directory = newDirectory();
  return judged(await runLoad({ scale: Number(values.scale), directory, say: log }), directory, null);
}

function judged(report: SoakReport, directory: string, seed: string | null): number {
  report.print(say);
  if (report.complaints.length === 0) return 0;
  say(`\n${report.complaints.length} complaints. What was stored is left in ${directory}.`);
  const given = process.argv.slice(2);
  const others = given.filter((one, index) => one !== "--seed" && given[index - 1] !== "--seed");
  if (seed !== null) say(`The same plan again: npm run soak -- ${[...others, "--seed", seed].join(" ")}`);
  return 1;
}

// The local mode ends with its parent; what this process has mounted goes when it exits.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
if (values.help) say(usage);
else if (values.kills) process.exit(await kills());
else if (values.load) process.exit(await load());
else process.exit(await runStrategies(Number(values.releases), values.strategy));
