import { SolveError } from "./failures.ts";
import { expand, splitWords } from "./substitution.ts";

export interface Heredoc {
  readonly name: string;
  readonly content: string;
  /** Whether variables in it are replaced: its name stood without quotes. */
  readonly expands: boolean;
}

/** A Dockerfile without its here-documents, line for line, so that a parser that does not know them reads the rest. */
export interface WithoutHeredocs {
  readonly text: string;
  /** By the line on which the instruction begins, from 1. */
  readonly heredocs: ReadonlyMap<number, readonly Heredoc[]>;
}

/** Stands for `<<` in what the parser gets: no parser takes private characters for an operator. */
const MASK = "\uE000\uE001";
const MAY_HAVE_HEREDOCS = /^\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s+(?!(?:--\S+\s+)*\[\s*")/i;
/** As BuildKit finds them among the words of an instruction: frontend/dockerfile/parser/parser.go. */
const HEREDOC = /^\d*<<(-?)([^<]+)$/;

/** What {@link withoutHeredocs} hid. */
export const unmasked = (text: string): string => text.replaceAll(MASK, "<<");

interface Opened {
  readonly name: string;
  readonly expands: boolean;
  readonly stripsTabs: boolean;
}

function openedBy(line: string): Opened[] {
  return splitWords(line).flatMap((word) => {
    const [, dash, name = ""] = HEREDOC.exec(word) ?? [];
    const plain = expand(name.replaceAll("$", "\\$"), () => undefined);
    return plain === "" ? [] : [{ name: plain, expands: !/["'\\]/.test(name), stripsTabs: dash === "-" }];
  });
}

/** The index after the last line of the instruction that begins at `start`, and its lines as one. */
function logicalLine(lines: readonly string[], start: number, continued: RegExp): [text: string, end: number] {
  let text = "";
  let at = start;
  for (; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (at > start && /^\s*(#|$)/.test(line)) continue;
    text += line.replace(continued, "");
    if (!continued.test(line)) return [text, at + 1];
  }
  return [text, at];
}

/** The document that begins at `start`, and the index after the line that ends it. */
function documentAt(
  lines: readonly string[],
  start: number,
  opened: Opened,
  line: number,
): [document: Heredoc, end: number] {
  const { name, expands, stripsTabs } = opened;
  const strip = (one: string): string => (stripsTabs ? one.replace(/^\t+/, "") : one);
  const end = lines.findIndex((one, index) => index >= start && strip(one) === name);
  if (end < 0) throw new SolveError(`dockerfile parse error on line ${line}: unterminated heredoc`);
  const content = lines
    .slice(start, end)
    .map((one) => `${strip(one)}\n`)
    .join("");
  return [{ name, content, expands }, end + 1];
}

/**
 * Takes here-documents out. They begin after the whole instruction, however many lines it is continued over, and whatever they are
 * opened on. Throws {@link SolveError} for one without an end.
 */
export function withoutHeredocs(source: string, escapeCharacter: string): WithoutHeredocs {
  const lines = source.split(/\r?\n/);
  const out = [...lines];
  const continued = new RegExp(`\\${escapeCharacter}[ \\t]*$`);
  const heredocs = new Map<number, readonly Heredoc[]>();
  for (let at = 0; at < lines.length; ) {
    const start = at;
    if (/^\s*(#|$)/.test(lines[start] ?? "")) {
      at++;
      continue;
    }
    const [text, end] = logicalLine(lines, start, continued);
    at = end;
    const opened = MAY_HAVE_HEREDOCS.test(text) ? openedBy(text) : [];
    if (opened.length === 0) continue;
    for (let index = start; index < end; index++) out[index] = (lines[index] ?? "").replaceAll("<<", MASK);
    const documents = opened.map((one) => {
      const [document, after] = documentAt(lines, at, one, start + 1);
      at = after;
      return document;
    });
    out.fill("#", end, at);
    heredocs.set(start + 1, documents);
  }
  return { text: out.join("\n"), heredocs };
}
