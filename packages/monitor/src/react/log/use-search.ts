import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import type { LogLine } from "../../client/index.ts";
import { type Match, matchFrom, nothingFound, search } from "./search.ts";

export interface Search {
  readonly query: string;
  readonly setQuery: (query: string) => void;
  /** What is marked on the page: it may lag behind the field by a frame while somebody types. */
  readonly shown: string;
  readonly count: number;
  /** From 0. */
  readonly position: number;
  readonly current: Match | null;
  /** To the next match, or with -1 to the one before; round at the ends. */
  readonly go: (by: 1 | -1) => void;
}

/** A search that goes along with the log. `onMatch` takes the reader to a match. */
export function useSearch(
  lines: readonly LogLine[],
  firstVisible: () => number,
  onMatch: (match: Match) => void,
): Search {
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<{ query: string; position: number } | null>(null);
  const shown = useDeferredValue(query);
  const before = useRef(nothingFound);
  const result = useMemo(() => {
    before.current = search(lines, shown, before.current);
    return before.current;
  }, [lines, shown]);
  const { matches } = result;
  const isChosen = chosen !== null && chosen.query === shown;
  const position = isChosen ? chosen.position : 0;

  const choose = (position: number) => {
    const match = matches[position];
    if (match === undefined) return;
    setChosen({ query: shown, position });
    onMatch(match);
  };
  const lastQuery = useRef("");
  // Whoever types is taken along; whoever reads on is not, when a match comes later.
  useEffect(() => {
    if (lastQuery.current === shown) return;
    lastQuery.current = shown;
    choose(matchFrom(matches, firstVisible()));
  });

  return {
    query,
    setQuery,
    shown,
    count: matches.length,
    position,
    current: isChosen ? (matches[position] ?? null) : null,
    go: (by) =>
      choose(isChosen ? (position + by + matches.length) % matches.length : matchFrom(matches, firstVisible())),
  };
}
