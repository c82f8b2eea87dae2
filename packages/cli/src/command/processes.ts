import { wordsOf } from "@slipway/text/words";
import { UsageError } from "../system/failure.ts";
import type { Given } from "./command.ts";

type Input = Readonly<Record<string, unknown>>;

/** A process as it is typed: `worker: npm run worker`. */
function read(text: string): Input & { readonly name: string } {
  const [, name, command] = /^\s*([^:\s]+)\s*:\s*(.+)$/s.exec(text) ?? [];
  if (name === undefined || command === undefined)
    throw new UsageError(`--process: "${text}" is not a process. Use --process 'name: command'.`);
  return { name, command: wordsOf(command) };
}

/** How many there are of one, as it is typed: `worker=2`. */
function readCount(text: string): Input & { readonly name: string } {
  const [, name, count] = /^\s*([^=\s]+)\s*=\s*(\d+)\s*$/.exec(text) ?? [];
  if (name === undefined)
    throw new UsageError(`--process-instances: "${text}" is no number of instances. Use --process-instances name=2.`);
  return { name, instances: Number(count) };
}

/** The processes after what was typed; `null`: nothing was. One that is there already keeps what is not named. */
export function processesGiven(given: Given, before: unknown): readonly Input[] | null {
  const set = given.list("process").map(read);
  const counts = given.list("process-instances").map(readCount);
  const unset = new Set(given.list("unset-process"));
  if (set.length + counts.length + unset.size === 0) return null;
  const known: readonly Input[] = Array.isArray(before) ? before.map(camel) : [];
  const absent = [...unset].find((name) => !known.some((one) => one.name === name));
  if (absent !== undefined) throw new UsageError(`--unset-process: there is no process ${absent}.`);
  const kept = known.filter(({ name }) => !unset.has(String(name)));
  const added = set.filter(({ name }) => !kept.some((one) => one.name === name));
  const all = [...kept, ...added].map((one) => ({ ...one, ...set.find(({ name }) => name === one.name) }));
  const uncounted = counts.find(({ name }) => !all.some((one: Input) => one.name === name));
  if (uncounted !== undefined) throw new UsageError(`--process-instances: there is no process ${uncounted.name}.`);
  return all.map((one: Input) => ({ ...one, ...counts.find(({ name }) => name === one.name) }));
}

/** As the API takes one, whether it comes from the API or from a file. */
function camel(process: Input): Input {
  const { stop_seconds, ...others } = process;
  return stop_seconds === undefined ? others : { ...others, stopSeconds: stop_seconds };
}
