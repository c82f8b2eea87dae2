import { randomBytes } from "node:crypto";
import { readConfiguration } from "./configuration.ts";
import { runReporter } from "./run.ts";
import type { Surroundings } from "./surroundings.ts";

/** What runs inside a build. Wiring only. */

const interrupted = new AbortController();
const EXIT_CODES = { SIGTERM: 143, SIGINT: 130 } as const;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    process.exitCode ??= EXIT_CODES[signal];
    interrupted.abort();
  });
}

/** A reader of the build's output that goes away does not end the build: the control plane has the log. */
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stream.destroy());

/** The ticket is the reporter's own. */
const { CLAIM_TICKET: _ticket, ...env } = process.env;

const surroundings: Surroundings = {
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  randomHex: (n) =>
    randomBytes(Math.ceil(n / 2))
      .toString("hex")
      .slice(0, n),
  env,
  directory: process.cwd(),
  print: (text) => void (process.stdout.writable && process.stdout.write(text)),
  complain: (sentence) => void (process.stderr.writable && process.stderr.write(`slipway: ${sentence}\n`)),
};

async function main(): Promise<number> {
  try {
    return await runReporter(readConfiguration(process.env), surroundings, interrupted.signal);
  } catch (error) {
    surroundings.complain(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

const code = await main();
process.exit(process.exitCode ?? code);
