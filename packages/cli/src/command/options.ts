import { UsageError } from "../system/failure.ts";
import type { Argument, Given, Option } from "./command.ts";
import type { Context } from "./context.ts";

/** Options that several commands take. */
export const yes: Option = { name: "yes", short: "y", summary: "Skip confirmation" };

export const releaseCommand: Option = { name: "release-command", summary: "Run the release command, too" };

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

/** Of commands that release something. */
export const override: Option = {
  name: "override",
  value: "why",
  summary: "Release during a freeze, and why; admins only",
};

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

/** `30d`, `12h` from now, or an RFC 3339 time; `null` where it is not given. */
export function timeOf({ deps }: Context, given: Given, name: string): string | null {
  const text = given.text(name);
  if (text === undefined) return null;
  const [, number, unit] = /^(\d+)([hd])$/.exec(text) ?? [];
  const ms =
    number === undefined ? Date.parse(text) : deps.now() + Number(number) * (unit === "h" ? 3_600_000 : 86_400_000);
  if (Number.isNaN(ms) || Math.abs(ms) > 8.64e15)
    throw new UsageError(`--${name}: "${text}" is not a valid time.`, "Examples: 30d, 12h, 2027-01-31T12:00:00Z.");
  return new Date(ms).toISOString();
}

/** A number of something on the server. */
export function idOf(text: string): number {
  const number = /^#?([1-9]\d{0,15})$/.exec(text)?.[1];
  if (number === undefined) throw new UsageError(`"${text}" is not a positive whole number.`);
  return Number(number);
}
