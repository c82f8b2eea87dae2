import { type ChildProcess, spawn } from "node:child_process";
import { Duplex } from "node:stream";
import type { Clock } from "../../kernel/clock.ts";
import type { Pace } from "./pace.ts";
import { createReaper, type Reaper } from "./reaper.ts";

interface SpawnOptions {
  readonly cwd?: string;
  /** The whole environment: nothing is inherited. `PATH` in it finds the command. */
  readonly env: Readonly<Record<string, string>>;
  /** What it reads; `open` keeps its input from ending before it does. Without, there is nothing to read. */
  readonly stdin?: { readonly text: string; readonly open?: true };
  readonly onOutput?: (chunk: Buffer, stream: "stdout" | "stderr") => void;
  /** When the next chunk of output is taken; at once if absent. */
  readonly pace?: Pace;
  /** Instead of SIGKILL to the group, for a command that ends by itself once what it guards was killed. If it does not, SIGKILL follows. */
  readonly kill?: (pid: number) => void;
}

export interface GuardedProcess {
  /** Also the number of its process group. */
  readonly pid: number;
  /** Settles when the command has ended, its output was handed over, and whatever it left in its group was killed. Never rejects. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** `signal` (SIGTERM) to the whole group, SIGKILL after `graceMs`; resolves when it is gone. May be called again. */
  stop(graceMs: number, signal?: NodeJS.Signals): Promise<void>;
}

/** Child processes that do not outlive this one, not even when it is killed with SIGKILL, nor do their children. */
export interface Processes {
  /** Starts a command in a process group of its own. 127: no such command. Throws when nothing can be started in `cwd`. */
  spawn(command: string, args: readonly string[], options: SpawnOptions): GuardedProcess;
  /** Kills everything that still runs; resolves when it is gone. */
  close(): Promise<void>;
}

/** Waits for the word on descriptor 3: only then does anything run that could be left behind. End of file instead: the parent is dead. */
const GATE = 'read -r _ <&3 && exec "$@" 3<&-';
/** How long a command has to end by itself after what it guards was killed. */
const LAST_END_MS = 5000;
/** How long output may still be read after the command ended, where something that left the group holds on to it. */
const LAST_OUTPUT_MS = 1000;

/** Signals a whole group; one that is already gone is what was wanted. */
function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    // ESRCH: gone. EPERM: on macOS the answer for a group of zombies.
    const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

function startGated(command: string, args: readonly string[], options: SpawnOptions): ChildProcess & { pid: number } {
  const child = spawn("/bin/sh", ["-c", GATE, "sh", command, ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env },
    detached: true,
    stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe", "pipe"],
  });
  child.on("error", () => child.kill("SIGKILL"));
  // A command that ends before it has read its input says so by its exit code.
  child.stdin?.on("error", () => child.stdin?.destroy());
  if (options.stdin?.open === true) child.stdin?.write(options.stdin.text);
  else child.stdin?.end(options.stdin?.text);
  if (child.pid === undefined)
    throw new Error(`could not start ${command} in ${options.cwd ?? "the current directory"}`);
  return Object.assign(child, { pid: child.pid });
}

function handOver(child: ChildProcess, name: "stdout" | "stderr", { onOutput, pace }: SpawnOptions): void {
  const stream = child[name];
  stream?.on("data", (chunk: Buffer) => {
    const before = performance.now();
    onOutput?.(chunk, name);
    // What a command leaves in its pipe at its end is no more than a pipe takes, and is not waited for.
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (pace === undefined || hasEnded) return;
    stream.pause();
    pace(performance.now() - before, () => stream.resume());
  });
}

/** The parent's end of the gate. Nobody reads it: it must be destroyed, or the child would never count as closed. */
function gateOf(child: ChildProcess): Duplex {
  const gate = child.stdio[3];
  if (!(gate instanceof Duplex)) throw new Error("a child without its gate");
  // The child may have been killed while it waited.
  gate.on("error", () => gate.destroy());
  child.once("exit", () => gate.destroy());
  return gate;
}

function guard(
  child: ChildProcess & { pid: number },
  reaper: Reaper,
  clock: Pick<Clock, "after">,
  { kill }: Pick<SpawnOptions, "kill">,
): GuardedProcess {
  let ended = false;
  let isKilled = false;
  const killAll = (): void => {
    if (!ended) signalGroup(child.pid, "SIGKILL");
  };
  const send = (signal: NodeJS.Signals): void => {
    if (ended) return;
    if (signal === "SIGKILL" && kill !== undefined) {
      isKilled = true;
      kill(child.pid);
      child.once("exit", clock.after(LAST_END_MS, killAll));
    } else signalGroup(child.pid, signal);
  };
  const exited = new Promise<Awaited<GuardedProcess["exited"]>>((resolve) => {
    child.once("exit", () => {
      ended = true;
      child.stdin?.destroy();
      signalGroup(child.pid, "SIGKILL");
      reaper.forget(child.pid);
      const cancel = clock.after(LAST_OUTPUT_MS, () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      });
      child.once("close", cancel);
    });
    // What ends by itself after a kill may say so in its own way, depending on how far it had come.
    child.once("close", (code, signal) => resolve(isKilled ? { code: null, signal: "SIGKILL" } : { code, signal }));
  });
  return {
    pid: child.pid,
    exited,
    stop: async (graceMs, signal = "SIGTERM") => {
      send(signal);
      const cancel = clock.after(graceMs, () => send("SIGKILL"));
      await exited;
      cancel();
    },
  };
}

export function createProcesses(clock: Pick<Clock, "after">): Processes {
  const reaper = createReaper();
  const running = new Set<GuardedProcess>();
  let closed = false;
  return {
    spawn: (command, args, options) => {
      if (closed) throw new Error(`could not start ${command}: the local mode is closing`);
      const child = startGated(command, args, options);
      for (const stream of ["stdout", "stderr"] as const) handOver(child, stream, options);
      const guarded = guard(child, reaper, clock, options);
      running.add(guarded);
      void guarded.exited.then(() => running.delete(guarded));
      const gate = gateOf(child);
      reaper.watch(guarded.pid, () => gate.write("go\n", () => gate.destroy()));
      return guarded;
    },
    close: async () => {
      closed = true;
      await Promise.all([...running].map((one) => one.stop(0, "SIGKILL")));
      await reaper.close();
    },
  };
}
