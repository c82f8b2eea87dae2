import * as z from "zod";

const Head = z.object({
  statusCode: z.number().int().min(100).max(599).default(200),
  headers: z.record(z.string(), z.coerce.string()).default({}),
  multiValueHeaders: z.record(z.string(), z.array(z.coerce.string())).default({}),
  cookies: z.array(z.string()).default([]),
});

interface StreamHead {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
}

const END = Buffer.alloc(8);
const MAX_PRELUDE_BYTES = 16 * 1024;

function parseHead(json: string): StreamHead {
  const { statusCode, headers, multiValueHeaders, cookies } = Head.parse(JSON.parse(json));
  const joined = Object.entries(multiValueHeaders).map(([name, values]) => [name, values.join(", ")]);
  const cookie = cookies.length === 0 ? {} : { "set-cookie": cookies.join(", ") };
  return { statusCode, headers: { ...headers, ...Object.fromEntries(joined), ...cookie } };
}

/** Splits a streamed HTTP response into its head (JSON, ended by eight NUL bytes) and its body. */
export interface PreludeReader {
  /** Throws if the prelude cannot be read. */
  push(chunk: Buffer): void | Promise<void>;
  readonly headSeen: () => boolean;
}

export function readPrelude(
  onHead: (head: StreamHead) => void,
  onChunk: (chunk: Buffer) => void | Promise<void>,
): PreludeReader {
  let pending: Buffer | null = Buffer.alloc(0);
  return {
    headSeen: () => pending === null,
    push: (chunk) => {
      if (pending === null) return onChunk(chunk);
      const all: Buffer = Buffer.concat([pending, chunk]);
      const at = all.indexOf(END);
      pending = all;
      if (at < 0 && all.length > MAX_PRELUDE_BYTES) throw new Error("The streamed response has no prelude.");
      if (at < 0) return;
      const head = parseHead(all.subarray(0, at).toString());
      pending = null;
      onHead(head);
      const body = all.subarray(at + END.length);
      return body.length === 0 ? undefined : onChunk(body);
    },
  };
}
