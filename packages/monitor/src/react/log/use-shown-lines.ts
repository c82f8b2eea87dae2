import { useCallback, useMemo, useRef, useState } from "react";
import type { LogLine } from "../../client/index.ts";
import { type Filter, noSections, rowOf, type Sections, sectionsOf, shownLines, unfiltered } from "./sections.ts";

export interface ShownLines {
  readonly sections: Sections;
  readonly filter: Filter;
  readonly count: number;
  readonly isAllFolded: boolean;
  readonly lineAt: (row: number) => number;
  readonly rowOf: (line: number) => number | null;
  readonly setErrorsOnly: (isErrorsOnly: boolean) => void;
  readonly fold: (start: number) => void;
  readonly foldAll: () => void;
  /** Shows a line, whatever hides it. */
  readonly uncover: (line: number) => void;
}

/** Which lines of the log are rows: all, those outside of folded steps, or the errors. */
export function useShownLines(lines: readonly LogLine[]): ShownLines {
  const before = useRef(noSections);
  const [filter, setFilter] = useState(unfiltered);
  const sections = useMemo(() => {
    before.current = sectionsOf(lines, before.current);
    return before.current;
  }, [lines]);
  const shown = useMemo(() => shownLines(sections, filter), [sections, filter]);
  const isAllFolded = sections.steps.length > 0 && sections.steps.every(({ start }) => filter.folded.has(start));
  return {
    sections,
    filter,
    count: shown?.length ?? lines.length,
    isAllFolded,
    lineAt: useCallback((row) => shown?.[row] ?? row, [shown]),
    rowOf: useCallback((line) => rowOf(shown, line), [shown]),
    setErrorsOnly: (isErrorsOnly) => setFilter((now) => ({ ...now, isErrorsOnly })),
    fold: (start) => setFilter(({ folded }) => ({ isErrorsOnly: false, folded: toggled(folded, start) })),
    foldAll: () =>
      setFilter({ isErrorsOnly: false, folded: new Set(isAllFolded ? [] : sections.steps.map(({ start }) => start)) }),
    uncover: (line) =>
      setFilter(({ folded }) => {
        const around = sections.steps.find(({ start, end }) => start <= line && line < end);
        return { isErrorsOnly: false, folded: around === undefined ? folded : without(folded, around.start) };
      }),
  };
}

const without = (set: ReadonlySet<number>, one: number): ReadonlySet<number> =>
  new Set([...set].filter((each) => each !== one));

const toggled = (set: ReadonlySet<number>, one: number): ReadonlySet<number> =>
  set.has(one) ? without(set, one) : new Set([...set, one]);
