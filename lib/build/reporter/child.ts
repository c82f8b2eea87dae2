import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Surroundings } from "./surroundings.ts";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Written to its standard input, which is then closed. */
  readonly input?: string;
}

/** Takes a chunk of output. Nothing more is read until it resolves, so a slow consumer slows the command down. */
export type Consume = (chunk: Buffer) => Promise<void> | void;

export interface RunOptions {
  readonly after: Surroundings["after"];
  /** Aborting sends SIGTERM, and SIGKILL a second later. */
  readonly signal: AbortSignal;
  readonly stdout: Consume;
  readonly stderr: Consume;
}

/** As a shell says it. */
const NOT_FOUND = 127;
const KILL_AFTER_MS = 1000;
/** How long output is waited for after the command ended, where something it left behind holds on to the pipe. */
const LINGER_MS = 1000;

/**
 * Runs a command, without a shell and in this process's own group, so that whoever kills the group ends it too. Resolves with its
 * exit code when it has ended and all its output was taken: 128 and the signal's number if a signal ended it, 127 if there is no
 * such command. Rejects when a consumer does.
 */
export function runCommand(command: Command, { after, signal, stdout, stderr }: RunOptions): Promise<number> {
  if (signal.aborted) return Promise.resolve(128 + 15);
  const child = spawn(command.file, command.args, {
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    env: { ...command.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A command that ends before it has read its input says so by its exit code.
  child.stdin.on("error", () => child.stdin.destroy());
  child.stdin.end(command.input ?? "");
  const pumps = [pump(child.stdout, stdout), pump(child.stderr, stderr)];
  const stopKilling = killOnAbort(child, signal, after);
  const code = exitCode(child).finally(() => {
    stopKilling();
    for (const each of pumps) lingerOn(each, signal, after);
  });
  return Promise.all([code, ...pumps.map((each) => each.done)]).then(([exit]) => exit);
}

/** Up to `limit` characters, the last ones, of what a command prints, beside its exit code. */
export async function capture(
  command: Command,
  options: Pick<RunOptions, "after" | "signal">,
  limit = 20_000,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const said = { stdout: tail(limit), stderr: tail(limit) };
  const code = await runCommand(command, { ...options, stdout: said.stdout.keep, stderr: said.stderr.keep });
  return { code, stdout: said.stdout.text(), stderr: said.stderr.text() };
}

/** The end of a stream, from the beginning of a line: half a line may begin with half a secret. */
function tail(limit: number) {
  let kept = Buffer.alloc(0);
  let isCut = false;
  return {
    keep: (chunk: Buffer): void => {
      const all = Buffer.concat([kept, chunk]);
      isCut ||= all.length > limit;
      kept = all.subarray(-limit);
    },
    text: (): string => {
      const text = kept.toString();
      return isCut ? text.slice(text.indexOf("\n") + 1) : text;
    },
  };
}

function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => ("code" in error && error.code === "ENOENT" ? resolve(NOT_FOUND) : reject(error)));
    child.once("exit", (code, signal) => resolve(code ?? 128 + (SIGNAL_NUMBERS[signal ?? ""] ?? 1)));
  });
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 };

function killOnAbort(child: ChildProcess, signal: AbortSignal, after: Surroundings["after"]): () => void {
  let cancel = (): void => undefined;
  const kill = (): void => {
    child.kill("SIGTERM");
    cancel = after(KILL_AFTER_MS, () => child.kill("SIGKILL"));
  };
  signal.addEventListener("abort", kill, { once: true });
  return () => {
    signal.removeEventListener("abort", kill);
    cancel();
  };
}

interface Pump {
  /** Settles when the stream has ended and everything was consumed. */
  readonly done: Promise<void>;
  /** Whether a chunk is being consumed. */
  busy(): boolean;
  /** Chunks so far. */
  chunks(): number;
  abandon(): void;
}

/** Reads by iteration, not by events: Node sets a paused stream flowing when its process exits, whoever is still busy with a chunk. */
function pump(stream: Readable, consume: Consume): Pump {
  let busy = false;
  let chunks = 0;
  let abandoned = false;
  const read = async (): Promise<void> => {
    try {
      for await (const chunk of stream) {
        busy = true;
        chunks += 1;
        await consume(Buffer.from(chunk));
        busy = false;
      }
    } catch (error) {
      // The end of an abandoned stream comes as an error of the iteration; a consumer's own error is another matter.
      if (busy || !abandoned) throw error;
    }
  };
  const abandon = (): void => {
    abandoned = true;
    stream.destroy();
  };
  return { done: read(), busy: () => busy, chunks: () => chunks, abandon };
}

/** Abandons the pipe of a command that has ended, once nothing comes through it any more. */
function lingerOn(each: Pump, signal: AbortSignal, after: Surroundings["after"]): void {
  if (signal.aborted) {
    each.abandon();
    return;
  }
  const before = each.chunks();
  const cancel = after(LINGER_MS, () => {
    if (each.busy() || each.chunks() !== before) lingerOn(each, signal, after);
    else each.abandon();
  });
  void each.done.then(cancel, cancel);
}
