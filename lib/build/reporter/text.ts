import { plainText } from "@slipway/text/inert";
import type { Surrounding } from "@slipway/text/redactor";

/** A line, or a part of one that is too long to be sent in one, with what redaction must know of what stands around it. */
export interface Piece extends Surrounding {
  readonly text: string;
}

/** How lines are cut, in UTF-16 units. */
export interface Cut {
  /** A longer line comes in pieces. */
  readonly longest: number;
  /** How much is passed along of what stands around a piece, so that a secret which is cut in two is recognised in both. */
  readonly around: number;
}

/** Bytes of a stream in, whole lines out (without their `\n`). How the bytes are cut into chunks changes nothing. */
export interface LineAssembler {
  push(chunk: Uint8Array): Piece[];
  /** What is left when the stream ends, as its last line. */
  end(): Piece[];
}

/**
 * An assembler that reads UTF-8 (what is invalid becomes U+FFFD) and does with `\r` what a terminal would show at last: only what
 * follows the last `\r` of a line is kept, where anything follows it. Of a line that never ends no more is held than a piece and
 * the text that is passed along with it.
 */
export function lineAssembler(cut: Cut): LineAssembler {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let line = longLine(cut);
  const read = (text: string): Piece[] => {
    const out: Piece[] = [];
    text.split("\n").forEach((segment, index) => {
      if (index > 0) {
        out.push(...line.end());
        line = longLine(cut);
      }
      out.push(...line.add(segment));
    });
    return out;
  };
  return {
    push: (chunk) => read(decoder.decode(chunk, { stream: true })),
    end: () => {
      const last = read(decoder.decode());
      return line.isEmpty() ? last : [...last, ...line.end()];
    },
  };
}

/** A whole line in pieces. */
export function inPieces(text: string, cut: Cut): Piece[] {
  const line = longLine(cut);
  return [...line.add(text), ...line.end()];
}

function longLine({ longest, around }: Cut) {
  let held = "";
  /** The end of what stood before it on the line, as it is read. */
  let before = "";
  const surrounded = (text: string, after: string): Piece => ({
    text,
    ...(before === "" ? {} : { before }),
    ...(after === "" ? {} : { after }),
  });
  const pass = (text: string): void => {
    if (around > 0) before = (before + plainText(text)).slice(-around);
  };
  /** Takes away what a `\r` made a terminal write over, and all but one of those at the end. */
  const overwrite = (): void => {
    let end = held.length;
    while (held[end - 1] === "\r") end -= 1;
    const shown = held.slice(0, end);
    const last = shown.lastIndexOf("\r");
    if (last !== -1) pass(shown.slice(0, last));
    held = shown.slice(last + 1) + (end < held.length ? "\r" : "");
  };
  const drain = (most: number): Piece[] => {
    const out: Piece[] = [];
    while (held.length > most) {
      const at = placeToCut(held, longest);
      const [text, rest] = [held.slice(0, at), held.slice(at)];
      out.push(surrounded(text, around > 0 ? plainText(rest.slice(0, 2 * around)).slice(0, around) : ""));
      pass(text);
      held = rest;
    }
    return out;
  };
  const most = longest + 2 * around;
  return {
    add: (text: string): Piece[] => {
      held += text;
      if (held.length <= most) return [];
      overwrite();
      return drain(most);
    },
    end: (): Piece[] => {
      overwrite();
      held = held.replace(/\r$/, "");
      const out = drain(longest);
      return [...out, surrounded(held, "")];
    },
    isEmpty: () => held === "" || held === "\r",
  };
}

/** No colour's sequence is longer. */
const longestSequence = 64;

/** At most `at`, and within no character and no sequence. */
function placeToCut(text: string, at: number): number {
  const begun = text.lastIndexOf("\u001b", at - 1);
  if (begun > 0 && begun > at - longestSequence) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with one.
    const [sequence = ""] = /^\u001b\[[0-?]*[ -/]*[@-~]?/.exec(text.slice(begun, begun + longestSequence)) ?? [];
    if (begun + sequence.length > at) return begun;
  }
  return /[\uD800-\uDBFF]/.test(text[at - 1] ?? "") && at > 1 ? at - 1 : at;
}
