import type { InvocationResult, LocalContext } from "../../kernel/part.ts";
import { uuid } from "../../kernel/uuid.ts";
import { openPool, type PoolLimits } from "./pool.ts";
import type { PreludeReader } from "./prelude.ts";
import type { Fault } from "./protocol.ts";
import type { Outcome } from "./sandbox.ts";
import { environmentOf, type FunctionSettings } from "./settings.ts";
import type { Starts } from "./starts.ts";

/** A function of the template, ready to run. */
export interface RunningFunction {
  readonly settings: FunctionSettings;
  /** With `stream`, the function's output goes there and the payload of the result is `null`. */
  invoke(payload: unknown, stream?: PreludeReader): Promise<InvocationResult>;
  close(): Promise<void>;
}

/** What all functions of a local mode use together. */
export interface SharedByFunctions {
  readonly starts: Starts;
  /** A directory for compiled code, which the environments of all functions share. */
  readonly compileCache: string;
}

/** Waiting times that tests shorten. */
export type FunctionTimes = Pick<PoolLimits, "throttleAfterMs" | "initMs" | "idleMs">;

const MAX_EVENT_BYTES = 6_291_556;

function resultOf(outcome: Outcome, stream: PreludeReader | undefined, streamFault: Error | null): InvocationResult {
  if (!outcome.ok) {
    return { ok: false, errorType: outcome.fault.errorType, errorMessage: outcome.fault.errorMessage };
  }
  if (stream !== undefined && (streamFault !== null || !stream.headSeen())) {
    const errorMessage = streamFault?.message ?? "The function ended without a streamed response.";
    return { ok: false, errorType: "Runtime.InvalidStreamingResponse", errorMessage };
  }
  return { ok: true, payload: JSON.parse(outcome.payload) };
}

/** Describes the function's environments; nothing runs before the first invocation. */
export function openFunction(
  context: LocalContext,
  settings: FunctionSettings,
  root: string,
  times: FunctionTimes,
  shared: SharedByFunctions,
): RunningFunction {
  const { name } = settings;
  const day = new Date(context.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
  const logStream = `${day}/[$LATEST]${context.randomHex(32)}`;
  const logFault = (fault: Fault, requestId: string | null): void => {
    const { errorType, errorMessage, stack } = fault;
    const timestamp = new Date(context.clock.now()).toISOString();
    context.log(name, {
      level: "ERROR",
      timestamp,
      message: errorMessage,
      errorType,
      stack,
      request_id: requestId,
      function: name,
    });
  };
  const spec = {
    name,
    env: environmentOf(context, settings, root, logStream),
    memoryMb: settings.memoryMb,
    data: {
      root,
      handler: settings.handler,
      compileCache: shared.compileCache,
      context: {
        functionName: name,
        functionVersion: "$LATEST",
        invokedFunctionArn: settings.arn,
        memoryLimitInMB: String(settings.memoryMb),
        logGroupName: settings.logGroup,
        logStreamName: logStream,
      },
    },
  };
  const limits = { ...times, concurrency: settings.concurrency, timeoutMs: settings.timeoutSeconds * 1000 };
  const pool = openPool(context.clock, spec, limits, shared.starts, {
    line: (entry) => context.log(name, { ...entry, function: name }),
    lateFault: (fault) => logFault(fault, null),
  });

  const invoke: RunningFunction["invoke"] = async (event, stream) => {
    const payload = JSON.stringify(event) ?? "null";
    if (Buffer.byteLength(payload) > MAX_EVENT_BYTES) {
      const errorMessage = `Request must be smaller than ${MAX_EVENT_BYTES} bytes for the InvokeFunction operation`;
      return { ok: false, errorType: "RequestTooLargeException", errorMessage };
    }
    const requestId = uuid(context.randomHex);
    const begun = context.clock.elapsed();
    let streamFault: Error | null = null;
    const onChunk = (chunk: Buffer): void | Promise<void> => {
      if (streamFault !== null) return;
      try {
        return stream?.push(chunk);
      } catch (error) {
        streamFault = new Error(`The function's streamed response cannot be read: ${String(error)}`);
      }
    };
    const { outcome, coldStart } = await pool.run({ requestId, payload, ...(stream === undefined ? {} : { onChunk }) });
    if (!outcome.ok) logFault(outcome.fault, requestId);
    const duration = Math.round(context.clock.elapsed() - begun);
    context.log("lambda", {
      level: "DEBUG",
      function: name,
      request_id: requestId,
      duration_ms: duration,
      cold_start: coldStart,
    });
    return resultOf(outcome, stream, streamFault);
  };
  return { settings, invoke, close: () => pool.close() };
}
