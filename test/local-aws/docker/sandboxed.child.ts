import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Exhausted, type Limits, stepLimits } from "@slipway/local-aws/containers/docker/limits";
import { sandboxed } from "@slipway/local-aws/containers/docker/sandbox";
import { createWatch } from "@slipway/local-aws/containers/docker/watch";
import { removeTree } from "@slipway/local-aws/containers/images/tree";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import { sandboxHere } from "../../support/sandbox.ts";

/** What a parent asks for, as JSON in the first argument. */
export interface Asked {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Partial<Limits>;
  /** Directories that are to be hidden inside. */
  readonly hidden?: readonly string[];
}

/** What is answered, as JSON on standard output. */
export interface Answered {
  readonly code: number | null;
  readonly output: string;
  readonly exhausted: Exhausted | null;
}

async function main({ argv, env = {}, limits: changed = {}, hidden = [] }: Asked): Promise<Answered> {
  const scratch = mkdtempSync(join(tmpdir(), "slipway-sandboxed-"));
  const rootfs = join(scratch, "rootfs");
  mkdirSync(join(rootfs, "app"), { recursive: true });
  const limits = { ...stepLimits(), ...changed };
  const host = { path: process.env.PATH ?? "", hidden };
  const made = sandboxed(await sandboxHere(), argv, { rootfs, workdir: "/app", env, host, scratch, limits });
  const child = spawn(made.command, made.args, { env: made.env, cwd: made.cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let exhausted: Exhausted | null = null;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-100_000);
    });
  }
  const onExhausted = (what: Exhausted): void => {
    exhausted = what;
    made.kill(child.pid ?? 0);
  };
  const unwatch = createWatch(systemClock).begin({ pid: child.pid ?? 0, limits, writable: made.writable, onExhausted });
  const code = await new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  unwatch();
  made.release();
  removeTree(scratch);
  return { code, output, exhausted };
}

process.stdout.write(JSON.stringify(await main(JSON.parse(process.argv[2] ?? "{}"))));
