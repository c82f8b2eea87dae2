import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { buildCommandLine } from "../lib/checkout/command-line.ts";
import { removeDirectory, temporaryDirectory } from "../test/support/local-mode.ts";

const root = resolve(import.meta.dirname, "..");

/** How long the command line takes from its call until it has answered what needs no server. In milliseconds. */
export async function commandLineStarts(times: number): Promise<number[]> {
  const place = temporaryDirectory();
  await buildCommandLine(root, place);
  const program = join(place, "slipway.mjs");
  const values: number[] = [];
  for (let i = 0; i < times; i++) {
    const before = performance.now();
    await once(spawn(process.execPath, [program, "--version"]), "exit");
    values.push(performance.now() - before);
  }
  removeDirectory(place);
  return values;
}
