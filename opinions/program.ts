import { spawnSync } from "node:child_process";
import { dirname } from "node:path";

/** A program, or what it needs, is not there: nothing can be judged, and nothing is wrong. */
export class CannotRun extends Error {}

const environment = { PYTHONUTF8: "1", PYTHONDONTWRITEBYTECODE: "", NO_COLOR: "1" };
const maxBuffer = 256 * 1024 * 1024;

/** Runs a program to its end. What it starts finds this Node.js first. */
export function run(program: string, args: readonly string[]) {
  const PATH = `${dirname(process.execPath)}:${process.env.PATH ?? ""}`;
  const env = { ...process.env, ...environment, PATH };
  return spawnSync(program, args, { encoding: "utf8", maxBuffer, env });
}

export const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";
