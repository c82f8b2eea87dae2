import { availableParallelism } from "node:os";
import { join } from "node:path";
import type {
  FunctionInvoker,
  InvocationResult,
  LocalContext,
  LocalPart,
  ResourceProvider,
} from "../../kernel/part.ts";
import { environmentCode } from "./environment-code.ts";
import { type FunctionTimes, openFunction, type RunningFunction } from "./function.ts";
import { readPrelude } from "./prelude.ts";
import { openPriority } from "./priority.ts";
import { functionSettings } from "./settings.ts";
import { openStarts } from "./starts.ts";

export interface LambdaOptions {
  /** The directory with the unzipped asset that `Code` names. */
  readonly resolveCode: (s3Bucket: string, s3Key: string) => string;
  readonly times?: Partial<FunctionTimes>;
  /** Default: as many as this machine has. */
  readonly processors?: number;
  /** Where what environments compiled is kept for others. Default: the data directory. */
  readonly compileCache?: string;
}

const TIMES: FunctionTimes = { throttleAfterMs: 1_000, initMs: 10_000, idleMs: 60_000 };

/** `my-function` of `arn:aws:lambda:region:account:function:my-function[:qualifier]`, or the name itself. */
function functionName(nameOrArn: string): string {
  return nameOrArn.startsWith("arn:") ? (nameOrArn.split(":")[6] ?? nameOrArn) : nameOrArn;
}

function absent(nameOrArn: string): InvocationResult {
  return { ok: false, errorType: "ResourceNotFoundException", errorMessage: `Function not found: ${nameOrArn}` };
}

interface Invokers {
  /** For callers who wait for the answer. */
  readonly invoker: FunctionInvoker;
  /** For event sources, rules and schedules, which let those go first. */
  readonly background: FunctionInvoker;
}

/** Runs the template's functions: each in worker threads with its own environment, credentials, memory, time and concurrency. */
export function createLambda(context: LocalContext, options: LambdaOptions): LocalPart & Invokers {
  // Now, and not while the first request waits.
  environmentCode();
  const shared = {
    starts: openStarts(options.processors ?? availableParallelism()),
    compileCache: options.compileCache ?? join(context.dataDir, "compile-cache"),
  };
  const functions = new Map<string, RunningFunction>();
  const find = (nameOrArn: string): RunningFunction | undefined => functions.get(functionName(nameOrArn));

  const provider: ResourceProvider = {
    type: "AWS::Lambda::Function",
    ensure: async (resource) => {
      const settings = functionSettings(context, resource);
      const root = options.resolveCode(settings.codeBucket, settings.codeKey);
      await functions.get(settings.name)?.close();
      functions.set(settings.name, openFunction(context, settings, root, { ...TIMES, ...options.times }, shared));
      return { ref: settings.name, attributes: { Arn: settings.arn } };
    },
  };
  const priority = openPriority(shared.starts.atOnce + 1, context.clock);
  const invoke: FunctionInvoker["invoke"] = async (nameOrArn, payload) =>
    (await find(nameOrArn)?.invoke(payload)) ?? absent(nameOrArn);
  const invoker: FunctionInvoker = {
    invoke: (nameOrArn, payload) => priority.foreground(() => invoke(nameOrArn, payload)),
    // A stream may be held open for long, mostly idle: it does not hold up what runs in the background.
    invokeStreaming: async (nameOrArn, payload, onHead, onChunk: (chunk: Buffer) => void | Promise<void>) =>
      (await find(nameOrArn)?.invoke(payload, readPrelude(onHead, onChunk))) ?? absent(nameOrArn),
    roleOf: (nameOrArn) => {
      const found = find(nameOrArn);
      if (found === undefined) throw new Error(`The template has no function ${nameOrArn}.`);
      return found.settings.role;
    },
  };
  return {
    invoker,
    background: {
      ...invoker,
      invoke: (nameOrArn, payload) => priority.background(() => invoke(nameOrArn, payload)),
    },
    services: [],
    providers: [provider],
    close: async () => {
      await Promise.all([...functions.values()].map((running) => running.close()));
    },
  };
}
