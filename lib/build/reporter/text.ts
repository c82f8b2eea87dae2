/** Bytes of a stream in, whole lines out (without their `\n`). How the bytes are cut into chunks changes nothing. */
export interface LineAssembler {
  push(chunk: Uint8Array): string[];
  /** What is left when the stream ends, as its last line. */
  end(): string[];
}

/**
 * An assembler that reads UTF-8 (what is invalid becomes U+FFFD) and does with `\r` what a terminal would show at last: only what
 * follows the last `\r` of a line is kept, where anything follows it. A line of more than `limit` bytes comes in pieces, so that
 * no more than that is held.
 */
export function lineAssembler(limit: number): LineAssembler {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let held = "";
  let heldBytes = 0;
  let returned = false;
  const out: string[] = [];

  const append = (part: string): void => {
    if (part === "") return;
    if (returned) [held, heldBytes, returned] = ["", 0, false];
    held += part;
    heldBytes += Buffer.byteLength(part);
    if (heldBytes <= limit) return;
    const pieces = splitLong(held, limit);
    held = pieces.pop() ?? "";
    heldBytes = Buffer.byteLength(held);
    out.push(...pieces);
  };
  const absorb = (segment: string): void => {
    segment.split("\r").forEach((part, index) => {
      if (index > 0) returned = true;
      append(part);
    });
  };
  const complete = (): void => {
    out.push(held);
    [held, heldBytes, returned] = ["", 0, false];
  };
  const read = (text: string): string[] => {
    const segments = text.split("\n");
    segments.forEach((segment, index) => {
      absorb(segment);
      if (index < segments.length - 1) complete();
    });
    return out.splice(0);
  };

  return {
    push: (chunk) => read(decoder.decode(chunk, { stream: true })),
    end: () => {
      const last = read(decoder.decode());
      if (held === "") return last;
      complete();
      return [...last, ...out.splice(0)];
    },
  };
}

/** Cuts `text` into pieces of at most `limit` (≥ 4) bytes of UTF-8, never within a character. No text: one empty piece. */
export function splitLong(text: string, limit: number): string[] {
  // A UTF-16 unit is three bytes at most: what is short enough by that measure need not be encoded.
  if (text.length * 3 <= limit) return [text];
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  let from = 0;
  while (bytes.length - from > limit) {
    let to = from + limit;
    while (((bytes[to] ?? 0) & 0xc0) === 0x80) to -= 1;
    pieces.push(bytes.toString("utf8", from, to));
    from = to;
  }
  return [...pieces, bytes.toString("utf8", from)];
}

const ESCAPE = String.raw`\u001b`;
const COLOUR = String.raw`${ESCAPE}\[[0-9;:]*m`;

/** Colours first, so that they are recognised before what they are a kind of. */
const CONTROLS = new RegExp(
  [
    COLOUR,
    // Other control sequences, such as those that move the cursor.
    String.raw`${ESCAPE}\[[0-?]*[ -/]*[@-~]`,
    // Operating system commands, such as a window's title.
    String.raw`${ESCAPE}\][^\u0007\u001b]*(?:\u0007|${ESCAPE}\\)`,
    String.raw`${ESCAPE}[@-Z\\^_]`,
    String.raw`(?!\t)\p{Cc}`,
  ].join("|"),
  "gu",
);

const IS_COLOUR = new RegExp(`^${COLOUR}$`, "u");

/** Removes control characters and terminal sequences, except tabs and ANSI colours. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, (found) => (IS_COLOUR.test(found) ? found : ""));
}
