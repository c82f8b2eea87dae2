import { type RefObject, useEffect, useState } from "react";
import { spanIn } from "./selection.ts";

const none: readonly number[] = [];

/** The rows in which the reader's selection begins and ends: a browser forgets a selection whose ends leave the page. */
export function useSelectedEnds(rows: RefObject<HTMLElement | null>, count: number): readonly number[] {
  const [ends, setEnds] = useState(none);
  useEffect(() => {
    const update = () => {
      const span = spanIn(rows.current, count);
      const [anchor, focus] = [span?.anchor.index, span?.focus.index];
      setEnds((before) => {
        if (anchor === undefined || focus === undefined) return none;
        return before[0] === anchor && before[1] === focus ? before : [anchor, focus];
      });
    };
    document.addEventListener("selectionchange", update);
    return () => document.removeEventListener("selectionchange", update);
  }, [rows, count]);
  return ends;
}
