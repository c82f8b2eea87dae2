import { UsageError } from "../system/failure.ts";
import type { Argument, Given, Option } from "./command.ts";

/** Options that several commands take. */
export const yes: Option = { name: "yes", short: "y", summary: "Skip confirmation" };

export const wait: readonly Option[] = [
  { name: "wait", short: "w", summary: "Wait until the deployment ends; exit with status 1 unless it succeeds" },
  { name: "timeout", value: "duration", summary: "Stop waiting after this time: 90s, 15m, 1h" },
];

export const timeout: Option = {
  name: "timeout",
  value: "duration",
  summary: "Stop waiting after this time: 90s, 15m, 1h",
};

export const reason: Option = { name: "reason", value: "text", summary: "Reason, shown with the deployment" };

export const appArgument: Argument = {
  name: "app",
  summary: "App name or number (default: the app of this repository)",
  required: false,
  completes: "app",
};

export const deploymentArgument: Argument = {
  name: "deployment",
  summary: "Deployment number, or an app for its latest deployment (default: the app of this repository)",
  required: false,
  completes: "app or deployment",
};

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `15m`, `1h` in milliseconds; `undefined` where it is not given. */
export function timeoutOf(given: Given): number | undefined {
  const text = given.text("timeout");
  if (text === undefined) return undefined;
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const ms = Number(number) * (units[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new UsageError(`--timeout: "${text}" is not a valid duration.`, "Examples: 90s, 15m, 1h.");
  return ms;
}

/** A number of something on the server. */
export function idOf(text: string): number {
  const number = /^#?([1-9]\d{0,15})$/.exec(text)?.[1];
  if (number === undefined) throw new UsageError(`"${text}" is not a positive whole number.`);
  return Number(number);
}
