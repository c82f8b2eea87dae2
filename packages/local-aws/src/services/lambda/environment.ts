/**
 * Runs inside a worker thread: one execution environment of one function.
 * Loads the bundle, then runs one invocation at a time as Lambda's Node.js runtime would.
 */
import { existsSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { EnvironmentData, FromEnvironment, InvokeMessage, ToEnvironment } from "./protocol.ts";

type Handler = (event: unknown, context: unknown) => unknown;
type StreamingHandler = (event: unknown, stream: Writable, context: unknown) => unknown;

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
/** What ends the JSON prelude of a streamed HTTP response. */
const PRELUDE_END = Buffer.alloc(8);

const data: EnvironmentData = workerData;
const post = (message: FromEnvironment): void => parentPort?.postMessage(message);

/** Carries one of the runtime's own error types, which are not names of JavaScript errors. */
class RuntimeFault extends Error {
  readonly errorType: string;
  constructor(errorType: string, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

function postFault(error: unknown, fatal: boolean, errorType?: string): void {
  const isError = error instanceof Error;
  const named = error instanceof RuntimeFault ? error.errorType : isError ? error.name : typeof error;
  post({
    type: "fault",
    fatal,
    errorType: errorType ?? named,
    errorMessage: isError && errorType === undefined ? error.message : String(error),
    stack: isError ? (error.stack ?? null) : null,
  });
}

/** A worker's own standard streams deliver late or, when it is terminated, never. */
function redirectOutput(): void {
  for (const stream of ["stdout", "stderr"] as const) {
    const write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
      post({ type: "output", stream, text: typeof chunk === "string" ? chunk : Buffer.from(chunk).toString() });
      const callback = typeof encoding === "function" ? encoding : done;
      if (typeof callback === "function") callback();
      return true;
    };
    Object.defineProperty(process[stream], "write", { value: write, configurable: true, writable: true });
  }
}

function installStreaming(): void {
  Object.defineProperty(globalThis, "awslambda", {
    writable: true,
    configurable: true,
    value: {
      streamifyResponse: (handler: StreamingHandler) => Object.assign(handler, { [STREAMING]: "response" }),
      HttpResponseStream: {
        from: (stream: Writable, prelude: unknown): Writable => {
          stream.write(Buffer.concat([Buffer.from(JSON.stringify(prelude)), PRELUDE_END]));
          return stream;
        },
      },
    },
  });
}

/** Loading is mostly compiling. What one environment compiled, the next reads; without the directory it compiles anew. */
async function loadHandler(): Promise<Handler> {
  // A data directory that was moved away is not begun anew in its old place: it may come back.
  if (existsSync(dirname(data.compileCache))) enableCompileCache(data.compileCache);
  const at = data.handler.lastIndexOf(".");
  const [file, name] = [data.handler.slice(0, at), data.handler.slice(at + 1)];
  const path = [".mjs", ".js", ".cjs"].map((ending) => join(data.root, file + ending)).find((path) => existsSync(path));
  if (path === undefined) throw new RuntimeFault("Runtime.ImportModuleError", `Error: Cannot find module '${file}'`);
  const bundle: Record<string, unknown> = await import(pathToFileURL(path).href);
  const handler = bundle[name];
  if (typeof handler !== "function") {
    throw new RuntimeFault("Runtime.HandlerNotFound", `${data.handler} is undefined or not exported`);
  }
  // A thread that is ended from outside would take what it compiled along.
  flushCompileCache();
  return handler as Handler;
}

/** There from the start where the thread's owner wants garbage to be collected; functions do not find it on AWS. */
function takeCollector(): () => void {
  const { gc: collect } = globalThis;
  // V8 does not let it be deleted.
  globalThis.gc = undefined;
  return () => void collect?.();
}

const IDLE_MS = 2000;

/** V8 collects when it needs room. An environment that waits for its next invocation would keep what the last one left. */
function openTidying(collect: () => void): { begin(): void; end(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    begin: () => clearTimeout(timer),
    end: () => {
      clearTimeout(timer);
      timer = setTimeout(collect, IDLE_MS).unref();
    },
  };
}

const tidying = openTidying(takeCollector());
let acknowledge: (() => void) | null = null;

/** One chunk is under way at a time: the next leaves when the reader has taken the last. */
function responseStream(): Writable {
  const stream = new Writable({
    highWaterMark: 64 * 1024,
    write: (chunk: Buffer, _encoding, done) => {
      acknowledge = done;
      post({ type: "chunk", bytes: new Uint8Array(chunk) });
    },
  });
  return Object.assign(stream, { setContentType: () => undefined });
}

function contextOf(message: InvokeMessage): unknown {
  const deadline = performance.now() + message.remainingMs;
  return {
    ...data.context,
    awsRequestId: message.requestId,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
}

async function runStreaming(handler: StreamingHandler, event: unknown, context: unknown): Promise<void> {
  const stream = responseStream();
  const finished = new Promise<void>((resolve, reject) => stream.once("finish", resolve).once("error", reject));
  await Promise.all([handler(event, stream, context), finished]);
  post({ type: "answer", payload: "null" });
}

async function run(handler: Handler, message: InvokeMessage): Promise<void> {
  tidying.begin();
  try {
    const event: unknown = JSON.parse(message.payload);
    const context = contextOf(message);
    if (STREAMING in handler) return await runStreaming(handler as StreamingHandler, event, context);
    post({ type: "answer", payload: JSON.stringify(await handler(event, context)) ?? "null" });
  } catch (error) {
    postFault(error, false);
  } finally {
    tidying.end();
  }
}

process.on("unhandledRejection", (reason) => {
  postFault(reason, true, "Runtime.UnhandledPromiseRejection");
  process.exit(128);
});
process.on("uncaughtException", (error) => {
  postFault(error, true);
  process.exit(129);
});
redirectOutput();
installStreaming();
try {
  const handler = await loadHandler();
  parentPort?.on("message", (message: ToEnvironment) => {
    if (message.type === "invoke") void run(handler, message);
    else acknowledge?.();
  });
  post({ type: "ready" });
  tidying.end();
} catch (error) {
  postFault(error, true);
  process.exit(1);
}
