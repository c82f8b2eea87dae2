import { Worker } from "node:worker_threads";
import { environmentCode } from "./environment-code.ts";
import { openLineLog } from "./lines.ts";
import { type EnvironmentData, type Fault, FromEnvironment } from "./protocol.ts";

export type Outcome = { readonly ok: true; readonly payload: string } | { readonly ok: false; readonly fault: Fault };

export interface SandboxSpec {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly data: EnvironmentData;
}

export interface Job {
  readonly requestId: string;
  readonly payload: string;
  readonly remainingMs: number;
  /** The function writes its next chunk when this has settled. */
  readonly onChunk?: (chunk: Buffer) => void | Promise<void>;
}

/** An execution environment: a worker thread that has loaded the bundle and runs one job at a time. */
export interface Sandbox {
  /** Settles when the bundle is loaded, or with why it could not be. */
  readonly ready: Promise<Outcome>;
  readonly alive: () => boolean;
  /** How long the thread has computed or waited for something, in milliseconds; not how long it waited for a processor. */
  ownMs(): Promise<number>;
  run(job: Job): Promise<Outcome>;
  /** Ends the thread, whatever it is doing. A job under way ends with `fault`. */
  kill(fault: Fault): Promise<void>;
}

export interface SandboxEvents {
  /** A line that the function wrote: the fields of a JSON line, or `{message}`. */
  line(entry: Readonly<Record<string, unknown>>): void;
  /** A failure while no job was under way, such as a rejection after the answer. */
  lateFault(fault: Fault): void;
  ended(): void;
}

const MAX_ANSWER_BYTES = 6_291_556;
/**
 * Three semi-spaces. With the default one scavenge can overshoot the old generation's limit so far that V8 aborts the process;
 * and each environment keeps all of it, used or not.
 */
const YOUNG_GENERATION_MB = 6;

function exitFault(code: number): Fault {
  const how = code === 0 ? "without providing a reason" : `with error: exit status ${code}`;
  return { errorType: "Runtime.ExitError", errorMessage: `Error: Runtime exited ${how}`, stack: null };
}

function crashFault(error: unknown): Fault {
  const isObject = typeof error === "object" && error !== null;
  if (isObject && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return {
      errorType: "Runtime.ExitError",
      errorMessage: "Error: Runtime exited with error: signal: aborted",
      stack: "JavaScript heap out of memory",
    };
  }
  const name = isObject && "name" in error ? String(error.name) : typeof error;
  const message = isObject && "message" in error ? String(error.message) : String(error);
  return { errorType: name, errorMessage: message, stack: null };
}

function checkSize(payload: string): Outcome {
  if (Buffer.byteLength(payload) <= MAX_ANSWER_BYTES) return { ok: true, payload };
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_ANSWER_BYTES} bytes).`;
  return { ok: false, fault: { errorType: "Function.ResponseSizeTooLarge", errorMessage, stack: null } };
}

async function processorMs(worker: Worker): Promise<number> {
  try {
    const { user, system } = await worker.cpuUsage();
    return (user + system) / 1000;
  } catch (error) {
    // Not yet, or not any more; the end has its own event.
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ERR_WORKER_NOT_RUNNING")
      return 0;
    throw error;
  }
}

function startWorker(spec: SandboxSpec): Worker {
  return new Worker(environmentCode(), {
    name: spec.name,
    env: { ...spec.env },
    argv: [],
    execArgv: [],
    stdout: true,
    stderr: true,
    workerData: spec.data,
    resourceLimits: { maxOldGenerationSizeMb: spec.memoryMb, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
}

/** Starts a worker thread for the function; it begins to load the bundle at once. */
export function openSandbox(spec: SandboxSpec, events: SandboxEvents): Sandbox {
  const worker = startWorker(spec);
  let alive = true;
  let ended = false;
  let onChunk: Job["onChunk"];
  const lines = openLineLog(events.line);
  let settle: ((outcome: Outcome) => void) | null = null;
  const finish = (outcome: Outcome): void => {
    const waiting = settle;
    settle = null;
    lines.flush();
    if (waiting !== null) waiting(outcome);
    else if (!outcome.ok && !ended) events.lateFault(outcome.fault);
  };
  const take = async (bytes: Uint8Array): Promise<void> => {
    // A reader who has gone must not fail the function.
    await Promise.resolve(onChunk?.(Buffer.from(bytes))).catch(() => undefined);
    if (alive) worker.postMessage({ type: "taken" });
  };
  worker.on("message", (raw: unknown) => {
    const parsed = FromEnvironment.safeParse(raw);
    if (!parsed.success) return;
    const message = parsed.data;
    if (message.type === "output") lines.push(message.stream, message.text);
    else if (message.type === "chunk") void take(message.bytes);
    else if (message.type === "ready") finish({ ok: true, payload: "null" });
    else if (message.type === "answer") finish(checkSize(message.payload));
    else {
      const { errorType, errorMessage, stack } = message;
      if (message.fatal) alive = false;
      finish({ ok: false, fault: { errorType, errorMessage, stack } });
    }
  });
  worker.on("error", (error: unknown) => {
    alive = false;
    finish({ ok: false, fault: crashFault(error) });
  });
  worker.on("exit", (code) => {
    ended = true;
    alive = false;
    finish({ ok: false, fault: exitFault(code) });
    events.ended();
  });
  worker.stdout.on("data", (text: Buffer) => lines.push("stdout", text.toString()));
  worker.stderr.on("data", (text: Buffer) => lines.push("stderr", text.toString()));
  const phase = (): Promise<Outcome> =>
    new Promise((resolve) => {
      settle = resolve;
    });
  return {
    ready: phase(),
    alive: () => alive,
    ownMs: async () => (ended ? 0 : worker.performance.eventLoopUtilization().idle + (await processorMs(worker))),
    run: (job) => {
      onChunk = job.onChunk;
      const outcome = phase();
      worker.postMessage({
        type: "invoke",
        requestId: job.requestId,
        payload: job.payload,
        remainingMs: job.remainingMs,
      });
      return outcome;
    },
    kill: async (fault) => {
      alive = false;
      ended = true;
      finish({ ok: false, fault });
      await worker.terminate();
    },
  };
}
