import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import type { AwsEvent, LocalContext, LocalPart } from "@slipway/local-aws/kernel/part";
import { openState } from "@slipway/local-aws/kernel/state";
import { createEcr } from "@slipway/local-aws/services/ecr/ecr";

/** Just enough of the local mode around a part: the real endpoint and state, and an IAM that says no to what a test names. */
export interface Laptop {
  readonly context: LocalContext;
  readonly dataDir: string;
  readonly events: AwsEvent[];
  /** Actions that are refused. */
  readonly denied: Set<string>;
  /** Moves the clock; whatever was to happen in that time happens now. Only waits of a minute or more are told by this clock. */
  pass(ms: number): void;
  register(part: LocalPart): void;
  close(): Promise<void>;
}

const LONG_MS = 60_000;

/** A clock whose long waits end when a test says so, and whose short ones are real. */
function testClock() {
  let offset = 0;
  const waits = new Map<object, { due: number; run: () => void }>();
  const now = () => Date.now() + offset;
  return {
    clock: {
      now,
      elapsed: now,
      after: (ms: number, run: () => void) => {
        if (ms < LONG_MS) {
          const timer = setTimeout(run, ms).unref();
          return () => clearTimeout(timer);
        }
        const key = {};
        waits.set(key, { due: now() + ms, run });
        return () => void waits.delete(key);
      },
    },
    pass: (ms: number) => {
      offset += ms;
      for (const [key, { due, run }] of [...waits]) {
        if (due > now()) continue;
        waits.delete(key);
        run();
      }
    },
  };
}

export async function openLaptop(dataDir = mkdtempSync(join(tmpdir(), "slipway-laptop-"))): Promise<Laptop> {
  const denied = new Set<string>();
  const events: AwsEvent[] = [];
  const parts: LocalPart[] = [];
  const state = openState(dataDir);
  const { clock, pass } = testClock();
  const randomHex = (n: number) => randomBytes(n).toString("hex").slice(0, n);
  const endpoint = await startEndpoint({
    identify: (key) => ({ name: key, roleArn: "arn:aws:iam::123456789012:role/test" }),
    secretOf: () => "s",
    authorize: (permissions) => permissions.find(({ action }) => denied.has(action))?.action,
    log: () => {},
    randomHex,
  });
  const context: LocalContext = {
    ...{ account: "123456789012", region: "eu-west-1", dataDir, clock, randomHex, state },
    log: () => {},
    awsEndpoint: endpoint.url,
    publicUrl: "http://localhost:8080",
    credentialsFor: (_roleArn, name) => ({ accessKeyId: `AK${name.replaceAll(/\W/g, "")}`, secretAccessKey: "s" }),
    serviceCredentials: (name) => ({ accessKeyId: name, secretAccessKey: "s" }),
    emit: (event) => void events.push(event),
  };
  return {
    ...{ context, dataDir, events, denied, pass },
    register: (part) => {
      parts.push(part);
      for (const service of part.services) endpoint.register(service);
    },
    close: async () => {
      for (const part of parts) await part.close();
      await endpoint.close();
      state.close();
    },
  };
}

/** ECR with a repository `apps`. */
export async function withRepository(laptop: Laptop, mutability = "MUTABLE"): Promise<void> {
  const part = createEcr(laptop.context);
  laptop.register(part);
  const properties = { RepositoryName: "apps", ImageTagMutability: mutability };
  await part.providers[0]?.ensure({
    logicalId: "Apps",
    type: "AWS::ECR::Repository",
    physicalName: "Apps",
    properties,
  });
}

/** A directory with these files, by path. */
export function directoryWith(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "slipway-context-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

export const removeDirectory = (dir: string): void => rmSync(dir, { recursive: true, force: true });

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; `onStderr` is told of output as it comes. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; input?: string; onStderr?: (text: string) => void } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", ...options.env };
    const child = spawn(command, args, { env, ...(options.cwd === undefined ? {} : { cwd: options.cwd }) });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk);
      options.onStderr?.(stderr);
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
    // Who refuses at once may be gone before it has read what it was given.
    child.stdin.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") reject(error);
    });
    child.stdin.end(options.input ?? "");
  });
}
