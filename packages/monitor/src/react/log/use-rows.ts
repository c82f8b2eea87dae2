import {
  defaultRangeExtractor,
  type ReactVirtualizer,
  useVirtualizer,
  type Virtualizer,
} from "@tanstack/react-virtual";
import { type RefObject, useCallback } from "react";
import { useEffectBeforePaint } from "./use-effect-before-paint.ts";

export type LogVirtualizer = Virtualizer<HTMLDivElement, HTMLDivElement>;

/** In pixels, of a line that is not wrapped. */
const rowHeight = 20;

interface Options {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly count: number;
  readonly isWrapped: boolean;
  /** Rows that stay on the page, wherever the reader is. */
  readonly kept: readonly number[];
  readonly onChange: (virtualizer: LogVirtualizer) => void;
}

/** Which rows are on the page: those in view, a few around them, and those that must not go. */
export function useRows({
  scroller,
  count,
  isWrapped,
  kept,
  onChange,
}: Options): ReactVirtualizer<HTMLDivElement, HTMLDivElement> {
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count,
    getScrollElement: () => scroller.current,
    estimateSize,
    overscan: 10,
    paddingStart: 8,
    paddingEnd: 8,
    // What a server renders.
    initialRect: { width: 800, height: 480 },
    onChange,
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const shown = defaultRangeExtractor(range);
        const missing = kept.filter((index) => index < range.count && !shown.includes(index));
        return missing.length === 0 ? shown : [...new Set([...shown, ...missing])].sort((a, b) => a - b);
      },
      [kept],
    ),
  });
  // What was measured wrapped holds only while it is wrapped.
  useEffectBeforePaint(() => virtualizer.measure(), [virtualizer, isWrapped]);
  return virtualizer;
}

const estimateSize = () => rowHeight;
