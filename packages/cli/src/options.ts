import type { Argument, Given, Option } from "./command.ts";
import { UsageError } from "./failure.ts";

/** Options that several commands take. */
export const yes: Option = { name: "yes", short: "y", summary: "asks nothing" };

export const wait: readonly Option[] = [
  { name: "wait", short: "w", summary: "watches it to its end; exit status 1 unless it ends well" },
  { name: "timeout", value: "duration", summary: "watches no longer than this: 90s, 15m, 1h" },
];

export const timeout: Option = {
  name: "timeout",
  value: "duration",
  summary: "watches no longer than this: 90s, 15m, 1h",
};

export const reason: Option = { name: "reason", value: "text", summary: "why, for whoever reads it later" };

export const appArgument: Argument = {
  name: "app",
  summary: "its name or number; without one the app of this repository",
  required: false,
  completes: "app",
};

export const deploymentArgument: Argument = {
  name: "deployment",
  summary: "its number, or an app for its newest one; without one the app of this repository",
  required: false,
  completes: "app or deployment",
};

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `15m`, `1h` in milliseconds; `undefined` where it is not given. */
export function patienceOf(given: Given): number | undefined {
  const text = given.text("timeout");
  if (text === undefined) return undefined;
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const ms = Number(number) * (units[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new UsageError(`--timeout ${text} is not a duration.`, "One looks like 90s, 15m or 1h.");
  return ms;
}

/** A number of something on the server. */
export function idOf(text: string): number {
  const number = /^#?([1-9]\d{0,15})$/.exec(text)?.[1];
  if (number === undefined) throw new UsageError(`${text} is not a number from 1 on.`);
  return Number(number);
}
