import { wordsOf } from "@slipway/text/words";
import { UsageError } from "../system/failure.ts";
import type { Given } from "./command.ts";

type Input = Readonly<Record<string, unknown>>;

/** A cron as it is typed: `nightly: 0 3 * * *: npm run report`. */
function read(text: string): Input & { readonly name: string } {
  const [, name, schedule, command] = /^\s*([^:\s]+)\s*:\s*([^:]+?)\s*:\s*(.+)$/s.exec(text) ?? [];
  if (name === undefined || schedule === undefined || command === undefined)
    throw new UsageError(`--cron: "${text}" is not a cron. Use --cron 'name: schedule: command'.`);
  return { name, schedule, command: wordsOf(command) };
}

/** The crons after what was typed; `null`: nothing was. One that is there already keeps what is not named. */
export function cronsGiven(given: Given, before: unknown): readonly Input[] | null {
  const timezone = given.text("cron-timezone");
  const set = given.list("cron").map(read);
  const unset = new Set(given.list("unset-cron"));
  if (timezone !== undefined && set.length === 0)
    throw new UsageError("--cron-timezone is for crons that are given with --cron.");
  if (set.length === 0 && unset.size === 0) return null;
  const known: readonly Input[] = Array.isArray(before) ? before.map(camel) : [];
  const absent = [...unset].find((name) => !known.some((cron) => cron.name === name));
  if (absent !== undefined) throw new UsageError(`--unset-cron: there is no cron ${absent}.`);
  const zone = timezone === undefined ? {} : { timezone };
  const names = set.map(({ name }) => name);
  const kept = known.filter(({ name }) => !unset.has(String(name)) && !names.includes(String(name)));
  return [...kept, ...set.map((cron) => ({ ...known.find(({ name }) => name === cron.name), ...cron, ...zone }))];
}

/** As the API takes one, whether it comes from the API or from a file. */
function camel(cron: Input): Input {
  const { timeout_minutes, ...others } = cron;
  return timeout_minutes === undefined ? others : { ...others, timeoutMinutes: timeout_minutes };
}
