import type { Segment } from "./ansi.ts";

/** A piece of a segment, inside or outside of a match. `start`: where in the line's text. */
export interface Piece extends Segment {
  readonly start: number;
  /** Where the match begins that it belongs to. */
  readonly match: number | null;
}

/** Cuts segments at the ends of matches of so many characters. The text stays as it was. */
export function highlighted(segments: readonly Segment[], starts: readonly number[], length: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const segment of segments) {
    const end = at + segment.text.length;
    let from = at;
    for (const start of starts) {
      const [first, last] = [Math.max(start, from), Math.min(start + length, end)];
      if (first >= last) continue;
      if (first > from) pieces.push(cut(segment, at, from, first, null));
      pieces.push(cut(segment, at, first, last, start));
      from = last;
    }
    if (from < end) pieces.push(cut(segment, at, from, end, null));
    at = end;
  }
  return pieces;
}

const cut = (segment: Segment, at: number, from: number, to: number, match: number | null): Piece => ({
  ...segment,
  text: segment.text.slice(from - at, to - at),
  start: from,
  match,
});
