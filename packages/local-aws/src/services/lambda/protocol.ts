import * as z from "zod";

/** What an execution environment is born with. */
export interface EnvironmentData {
  /** The directory of the unzipped code. */
  readonly root: string;
  /** `index.handler`. */
  readonly handler: string;
  /** A directory for V8's compiled code. */
  readonly compileCache: string;
  /** What is the same in the `context` of each invocation. */
  readonly context: Readonly<Record<string, unknown>>;
}

export interface InvokeMessage {
  readonly type: "invoke";
  readonly requestId: string;
  /** JSON. */
  readonly payload: string;
  readonly remainingMs: number;
}

export type ToEnvironment = InvokeMessage | { readonly type: "taken" };

const Fault = z.object({ errorType: z.string(), errorMessage: z.string(), stack: z.string().nullable() });

/** How an invocation or an initialisation failed, in the runtime's words. */
export type Fault = z.infer<typeof Fault>;

/** A bundle may post messages of its own: what does not parse is none of ours. */
export const FromEnvironment = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("output"), stream: z.enum(["stdout", "stderr"]), text: z.string() }),
  z.object({ type: z.literal("answer"), payload: z.string() }),
  z.object({
    type: z.literal("chunk"),
    bytes: z.custom<Uint8Array<ArrayBuffer>>((value) => ArrayBuffer.isView(value)),
  }),
  /** `fatal`: the environment is ending and must not be used again. */
  z.object({ type: z.literal("fault"), fatal: z.boolean(), ...Fault.shape }),
]);
export type FromEnvironment = z.infer<typeof FromEnvironment>;
