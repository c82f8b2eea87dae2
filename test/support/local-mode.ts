import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** A running local mode, seen from outside: over HTTP and WebSocket only. */
export interface LocalMode {
  readonly url: string;
  readonly data: string;
  readonly process: ChildProcess;
  /** What it printed so far. */
  output(): string;
  /** SIGTERM, and waits for the end; answers the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
}

export interface LocalModeOptions {
  readonly data?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What starts it. */
  readonly program?: string;
  /** How long a second of health checks lasts, for tests of releases that never become healthy. */
  readonly healthCheckSecond?: string;
  /**
   * `small`: what `npm start` gives to Node.js, for what measures, and for the test that runs what people run. Default: Node's own,
   * which collects less often: a deployment takes a seventh less processor time.
   */
  readonly heap?: "small" | "default";
}

/** Unless the test is about who gets in: nobody needs credentials then. */
const openToAll = ["--auth", "loopback"];

/** `SLIPWAY_RECORDINGS=<directory>` makes each local mode of the tests record its calls, for `npm run opinions -- --recording`. */
function recording(): string[] {
  const { SLIPWAY_RECORDINGS: directory } = process.env;
  return directory === undefined ? [] : ["--record", join(resolve(directory), `${randomUUID()}.jsonl`)];
}

/** What `npm start` gives to Node.js and sets for it. */
const { flags, variables } = ((): { flags: readonly string[]; variables: Readonly<Record<string, string>> } => {
  const { start } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;
  const words: readonly string[] = start.split(" ");
  return {
    flags: words.filter((word) => word.startsWith("--")),
    variables: Object.fromEntries(words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split("="))),
  };
})();

/** Starts the local mode on a free port, without its demo, and waits for its line `Slipway is ready at …`. */
export async function startLocalMode({
  data = temporaryDirectory(),
  args = [],
  env = {},
  program = "bin/local.ts",
  healthCheckSecond = "1s",
  heap = "default",
}: LocalModeOptions = {}): Promise<LocalMode> {
  const access = args.includes("--auth") ? [] : openToAll;
  const usual = ["--port", "0", "--no-demo", "--data", data, ...access, ...recording()];
  const child = spawn(process.execPath, [...(heap === "small" ? flags : []), program, ...usual, ...args], {
    cwd: root,
    // A state directory of their own: tests leave nothing in the home directory.
    env: {
      ...process.env,
      ...variables,
      XDG_STATE_HOME: stateHomeOf(data),
      SLIPWAY_HEALTH_CHECK_SECOND: healthCheckSecond,
      // Each worker's apps have ports of their own, as long as there are at most four workers.
      SLIPWAY_APP_PORTS: `${process.env.JEST_WORKER_ID ?? 0}/4`,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const exited = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
  const ready = new Promise<string>((done, fail) => {
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      const url = /Slipway is ready at (\S+)/.exec(text)?.[1];
      if (url !== undefined) done(url);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then((code) => fail(new Error(`The local mode ended with ${code}:\n${text}`)));
  });
  const url = await ready;
  return {
    url,
    data,
    process: child,
    output: () => text,
    stop: () => {
      child.kill("SIGTERM");
      return exited;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Where a local mode of a test is listed for the command line. */
export const stateHomeOf = (data: string): string => join(data, "state-home");

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "slipway-test-"));
}

export function removeDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}

/** A Git repository in a temporary directory, with one commit of these files on `main`; without files it is empty. */
export function repository(files: Readonly<Record<string, string>>): {
  readonly path: string;
  commit(change: Readonly<Record<string, string>>, message: string): string;
  /** A further branch at what was committed last. */
  branch(name: string): void;
} {
  const path = temporaryDirectory();
  const git = (...args: string[]) =>
    execFileSync(
      "git",
      ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main", ...args],
      { cwd: path, encoding: "utf8" },
    ).trim();
  const commit = (change: Readonly<Record<string, string>>, message: string): string => {
    for (const [name, content] of Object.entries(change)) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), content);
    }
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "--message", message);
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet");
  if (Object.keys(files).length > 0) commit(files, "First");
  return { path, commit, branch: (name) => void git("branch", "--", name) };
}

// What takes long is asked for less often: asking takes time from what is waited for.
const moreSlowly = (waitedMs: number): number => Math.min(50 + waitedMs / 20, 200);

/** Waits until `check` gives something other than `undefined`, at most `seconds`; `pauseMs`: from one check to the next. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined> | T | undefined,
  seconds = 180,
  pauseMs: (waitedMs: number) => number = moreSlowly,
): Promise<T> {
  const begun = Date.now();
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    const waited = Date.now() - begun;
    if (waited > seconds * 1000) throw new Error(`Waited ${seconds} s in vain: ${what}`);
    await new Promise((resume) => setTimeout(resume, pauseMs(waited)));
  }
}
