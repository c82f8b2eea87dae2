import type { LogLine } from "../../client/index.ts";
import { plainText } from "./plain-text.ts";

/** A place in a log: the line by its index, and where in its text. */
export interface Match {
  readonly index: number;
  readonly start: number;
}

/** All places of a text in a log, in order. */
export interface SearchResult {
  readonly query: string;
  /** What was searched: a later log that begins with it needs only its rest searched. */
  readonly lines: readonly LogLine[];
  readonly matches: readonly Match[];
}

export const nothingFound: SearchResult = { query: "", lines: [], matches: [] };

/** Searches a log without regard to upper and lower case; of what `before` covers nothing is searched again. */
export function search(lines: readonly LogLine[], query: string, before: SearchResult): SearchResult {
  if (query === "") return nothingFound;
  const isContinued = before.query === query && before.lines.length <= lines.length && before.lines[0] === lines[0];
  const from = isContinued ? before.lines.length : 0;
  const found: Match[] = [];
  for (let index = from; index < lines.length; index++) {
    const line = lines[index];
    if (line !== undefined) for (const start of startsIn(plainText(line), query)) found.push({ index, start });
  }
  return { query, lines, matches: isContinued ? before.matches.concat(found) : found };
}

let compiled = { query: "", pattern: /(?:)/giu };

/** Where a text begins in another one, without overlaps. */
export function startsIn(text: string, query: string): readonly number[] {
  if (query === "") return [];
  if (compiled.query !== query) {
    compiled = { query, pattern: new RegExp(query.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "giu") };
  }
  const starts: number[] = [];
  compiled.pattern.lastIndex = 0;
  for (let match = compiled.pattern.exec(text); match !== null; match = compiled.pattern.exec(text)) {
    starts.push(match.index);
  }
  return starts;
}

/** The first match at or after a line, else the first of all: where a reader is taken to. */
export function matchFrom(matches: readonly Match[], line: number): number {
  let low = 0;
  let high = matches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((matches[middle]?.index ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low === matches.length ? 0 : low;
}
