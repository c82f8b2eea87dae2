import { PassThrough } from "node:stream";
import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import type { FunctionInvoker, InvocationResult } from "../../kernel/part.ts";
import type { GatewayResponse, HeaderList } from "./message.ts";

const Scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const ProxyAnswer = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), Scalar.nullable()).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(Scalar)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** How calling the function for a request ended. */
export type Integrated =
  | { readonly kind: "answered"; readonly response: GatewayResponse }
  | { readonly kind: "timed_out" | "throttled" | "too_large" | "failed" };

/** A result that comes too late is nobody's any more; the function itself goes on, as it does on AWS. */
export async function withinTime<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | "timed_out"> {
  let cancel = (): void => undefined;
  const late = new Promise<"timed_out">((resolve) => {
    cancel = clock.after(ms, () => resolve("timed_out"));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}

function refused(result: InvocationResult & { ok: false }): Integrated {
  if (result.errorType === "TooManyRequestsException") return { kind: "throttled" };
  return { kind: result.errorType === "RequestTooLargeException" ? "too_large" : "failed" };
}

function headerList(answer: z.infer<typeof ProxyAnswer>): HeaderList {
  const multi = Object.entries(answer.multiValueHeaders ?? {});
  const repeated = new Set(multi.map(([name]) => name.toLowerCase()));
  const single = Object.entries(answer.headers ?? {}).filter(([name]) => !repeated.has(name.toLowerCase()));
  return [
    ...single.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
    ...multi.flatMap(([name, values]) => values.map((value) => [name, value] as const)),
  ];
}

/** A result that is no proxy answer is a failure: "malformed Lambda proxy response". */
function answered(payload: unknown, decodeBase64: boolean): Integrated {
  const parsed = ProxyAnswer.safeParse(payload);
  if (!parsed.success) return { kind: "failed" };
  const { statusCode, body, isBase64Encoded } = parsed.data;
  const encoding = isBase64Encoded === true && decodeBase64 ? "base64" : "utf8";
  const response = { status: statusCode, headers: headerList(parsed.data), body: Buffer.from(body ?? "", encoding) };
  return { kind: "answered", response };
}

/** Invokes and reads the whole answer. */
export async function integrateBuffered(
  clock: Clock,
  invoker: FunctionInvoker,
  target: { functionArn: string; timeoutMs: number },
  event: unknown,
  decodeBase64: boolean,
): Promise<Integrated> {
  const result = await withinTime(clock, target.timeoutMs, invoker.invoke(target.functionArn, event));
  if (result === "timed_out") return { kind: "timed_out" };
  return result.ok ? answered(result.payload, decodeBase64) : refused(result);
}

/** Resolves when the reader wants more, or has gone. */
async function writeTo(body: PassThrough, chunk: Buffer): Promise<void> {
  if (body.destroyed || body.write(chunk)) return;
  await new Promise<void>((resolve) => {
    body.once("drain", resolve);
    body.once("close", resolve);
  });
}

/** Invokes and answers as soon as the head is there; what breaks after that breaks the answer's body off. */
export async function integrateStreaming(
  clock: Clock,
  invoker: FunctionInvoker,
  target: { functionArn: string; timeoutMs: number },
  event: unknown,
): Promise<Integrated> {
  const body = new PassThrough();
  // Whoever sends the body hears of its errors; without a listener one that comes earlier would end the process.
  body.on("error", () => body.destroy());
  const begun = new Promise<Integrated>((resolve) => {
    const ended = invoker.invokeStreaming(
      target.functionArn,
      event,
      (head) =>
        resolve({
          kind: "answered",
          response: { status: head.statusCode, headers: Object.entries(head.headers), body },
        }),
      (chunk) => writeTo(body, chunk),
    );
    void withinTime(clock, target.timeoutMs, ended).then((result) => {
      if (result === "timed_out") resolve({ kind: "timed_out" });
      else if (!result.ok) resolve(refused(result));
      if (result !== "timed_out" && result.ok) body.end();
      else body.destroy(new Error("The function ended before its answer did."));
    });
  });
  return begun;
}
