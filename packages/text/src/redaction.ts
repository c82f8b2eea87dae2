import { pieces } from "./inert.ts";
import { tokenShapes } from "./token-shapes.ts";

/** What stands where a secret stood. */
export const MARK = "[redacted]";

/** From a place in a text to another, which does not belong to it any more. */
export type Span = readonly [from: number, to: number];

const shapes = new RegExp(tokenShapes.join("|"), "g");

/** Where a text has what has the shape of a token. */
export function tokens(text: string): Span[] {
  return [...text.matchAll(shapes)].map((match) => {
    // A group is what stays in front of the mark; those of the other shapes are undefined.
    const kept = match.slice(1).find((group) => group !== undefined) ?? "";
    return [match.index + kept.length, match.index + match[0].length];
  });
}

/** What `whole` says between two places, with a mark for each stretch of spans in it; colours within them stay. */
export function withoutSpans(whole: string, spans: readonly Span[], from: number, to: number): string {
  let kept = "";
  let at = from;
  for (const [start, end] of stretches(spans)) {
    const [first, last] = [Math.max(start, from), Math.min(end, to)];
    if (first >= last) continue;
    kept += `${whole.slice(at, first)}${MARK}${coloursIn(whole.slice(first, last))}`;
    at = last;
  }
  return kept + whole.slice(at, to);
}

/** Spans in order, those that overlap as one. */
function stretches(spans: readonly Span[]): Span[] {
  const joined: [number, number][] = [];
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = joined.at(-1);
    if (last !== undefined && from < last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
const coloursIn = (text: string): string => text.match(/\u001b\[[0-9;:]*m/g)?.join("") ?? "";

/** A text from somewhere that knows no app's secrets, without what has the shape of a token. */
export function withoutTokens(text: string): string {
  const seen = pieces(text);
  const plain = seen.map(({ text: piece }) => piece).join("");
  return withoutSpans(plain, tokens(plain), 0, plain.length);
}
