import type { FunctionInvoker, InvocationResult, LocalContext, LocalPart, ResourceProvider } from "../part.ts";
import type { FunctionTimes, RunningFunction } from "./function.ts";
import { openFunction } from "./function.ts";
import { readPrelude } from "./prelude.ts";
import { functionSettings } from "./settings.ts";

export interface LambdaOptions {
  /** The directory with the unzipped asset that `Code` names. */
  readonly resolveCode: (s3Bucket: string, s3Key: string) => string;
  readonly times?: Partial<FunctionTimes>;
}

const TIMES: FunctionTimes = { throttleAfterMs: 1_000, initMs: 10_000, idleMs: 60_000 };

/** `my-function` of `arn:aws:lambda:region:account:function:my-function[:qualifier]`, or the name itself. */
function functionName(nameOrArn: string): string {
  return nameOrArn.startsWith("arn:") ? (nameOrArn.split(":")[6] ?? nameOrArn) : nameOrArn;
}

function absent(nameOrArn: string): InvocationResult {
  return { ok: false, errorType: "ResourceNotFoundException", errorMessage: `Function not found: ${nameOrArn}` };
}

/** Runs the template's functions: each in worker threads with its own environment, credentials, memory, time and concurrency. */
export function createLambda(context: LocalContext, options: LambdaOptions): LocalPart & { invoker: FunctionInvoker } {
  const functions = new Map<string, RunningFunction>();
  const find = (nameOrArn: string): RunningFunction | undefined => functions.get(functionName(nameOrArn));

  const provider: ResourceProvider = {
    type: "AWS::Lambda::Function",
    ensure: async (resource) => {
      const settings = functionSettings(context, resource);
      const root = options.resolveCode(settings.codeBucket, settings.codeKey);
      await functions.get(settings.name)?.close();
      functions.set(settings.name, openFunction(context, settings, root, { ...TIMES, ...options.times }));
      return { ref: settings.name, attributes: { Arn: settings.arn } };
    },
  };
  const invoker: FunctionInvoker = {
    invoke: async (nameOrArn, payload) => (await find(nameOrArn)?.invoke(payload)) ?? absent(nameOrArn),
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
    services: [],
    providers: [provider],
    close: async () => {
      await Promise.all([...functions.values()].map((running) => running.close()));
    },
  };
}
