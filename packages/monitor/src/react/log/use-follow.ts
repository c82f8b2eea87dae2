import { useCallback, useState } from "react";
import { useEffectBeforePaint } from "./use-effect-before-paint.ts";
import type { LogVirtualizer } from "./use-rows.ts";

export interface Follow {
  readonly isFollowing: boolean;
  /** Lines that came since the reader left the end. */
  readonly unseen: number;
  readonly leave: () => void;
  readonly jumpToEnd: () => void;
  /** To be called for each change of the virtualiser: who scrolls up leaves the end, who comes back to it follows again. */
  readonly look: (virtualizer: LogVirtualizer) => void;
}

/** Whether the end of the log is followed. Asks the virtualiser and never the page, which would have to lay out anew. */
export function useFollow(count: number, initially: boolean): Follow {
  const [leftAt, setLeftAt] = useState(initially ? null : 0);
  const leave = useCallback(() => setLeftAt((before) => before ?? count), [count]);
  return {
    isFollowing: leftAt === null,
    unseen: leftAt === null ? 0 : Math.max(0, count - leftAt),
    leave,
    jumpToEnd: useCallback(() => setLeftAt(null), []),
    look: (virtualizer) => {
      const { scrollOffset, scrollRect, scrollDirection } = virtualizer;
      if (scrollOffset === null || scrollRect === null) return;
      const distance = virtualizer.getTotalSize() - scrollRect.height - scrollOffset;
      if (scrollDirection === "backward" && distance > 1) leave();
      if (scrollDirection === "forward" && distance <= 1) setLeftAt(null);
    },
  };
}

/** Stays at the end while it is followed, however the log, its rows and the window change. */
export function useStayAtEnd(virtualizer: LogVirtualizer, isFollowing: boolean): void {
  const total = virtualizer.getTotalSize();
  const height = virtualizer.scrollRect?.height ?? 0;
  useEffectBeforePaint(() => {
    if (isFollowing && total > height) virtualizer.scrollToEnd();
  }, [virtualizer, isFollowing, total, height]);
}
