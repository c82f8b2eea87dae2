import type { LogLine } from "../../client/index.ts";
import { isError } from "./level.ts";
import { plainText } from "./plain-text.ts";

/** What is found in a log, by the indices of its lines. */
export interface Sections {
  readonly lines: readonly LogLine[];
  readonly errors: readonly number[];
  /** The first lines of the build's steps. Each reaches to the next one, or to what Slipway itself says. */
  readonly steps: readonly { readonly start: number; readonly end: number }[];
}

export const noSections: Sections = { lines: [], errors: [], steps: [] };

const header = /^Step \d+\/\d+ : /;

/** Finds the errors and the steps; of what `before` covers nothing is looked at again. */
export function sectionsOf(lines: readonly LogLine[], before: Sections): Sections {
  const isContinued = before.lines.length <= lines.length && before.lines[0] === lines[0];
  const known = isContinued ? before : noSections;
  const errors = [...known.errors];
  const steps = [...known.steps];
  for (let index = known.lines.length; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined) continue;
    if (isError(line)) errors.push(index);
    const last = steps.at(-1);
    if (header.test(plainText(line))) steps.push({ start: index, end: index + 1 });
    // A step that ended with a line of Slipway's own does not go on after it.
    else if (last !== undefined && last.end === index && belongsToStep(line))
      steps[steps.length - 1] = { ...last, end: index + 1 };
  }
  return { lines, errors, steps };
}

const belongsToStep = (line: LogLine): boolean => line.stream !== "system" || plainText(line) === "CACHED";

/** Which lines are shown. */
export interface Filter {
  readonly isErrorsOnly: boolean;
  /** The first lines of the steps that are folded. */
  readonly folded: ReadonlySet<number>;
}

export const unfiltered: Filter = { isErrorsOnly: false, folded: new Set() };

/** The indices of the lines that are shown, rising; `null`: all of them. */
export function shownLines(sections: Sections, { isErrorsOnly, folded }: Filter): readonly number[] | null {
  if (isErrorsOnly) return sections.errors;
  if (folded.size === 0) return null;
  const hidden = sections.steps.filter(({ start }) => folded.has(start));
  const shown: number[] = [];
  let next = 0;
  for (const { start, end } of hidden) {
    while (next <= start) shown.push(next++);
    next = end;
  }
  while (next < sections.lines.length) shown.push(next++);
  return shown;
}

/** Where a line stands among those that are shown: at its own row, or `null`. */
export function rowOf(shown: readonly number[] | null, line: number): number | null {
  if (shown === null) return line;
  let low = 0;
  let high = shown.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((shown[middle] ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return shown[low] === line ? low : null;
}
