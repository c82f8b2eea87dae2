import { ArrowDown } from "lucide";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import type { LogLine } from "../../client/index.ts";
import { Button } from "../button.tsx";
import { Icon } from "../icon.tsx";
import { fillingRootClass } from "../root-class.ts";
import { copy, save } from "./deliver.ts";
import { logText } from "./plain-text.ts";
import { Rows } from "./rows.tsx";
import { selectAll, selectedText, spanIn } from "./selection.ts";
import { Toolbar } from "./toolbar.tsx";
import { useFollow, useStayAtEnd } from "./use-follow.ts";
import { useLinkedLine } from "./use-linked-line.ts";
import { useRows } from "./use-rows.ts";
import { useSearch } from "./use-search.ts";
import { useSelectedEnds } from "./use-selection.ts";

interface Props {
  /** Those of an earlier rendering are a prefix of the later ones. */
  lines: readonly LogLine[];
  /** Nothing follows. */
  complete: boolean;
  fileName?: string;
  /** The linked line, from 1. Without it the one that the page's address names as `#L12`; `null`: none. */
  line?: number | null | undefined;
  lineHref?: ((line: number) => string) | undefined;
  /** A line's number was clicked; without it the browser follows the link. */
  onLineChange?: ((line: number) => void) | undefined;
  className?: string;
}

const ownHash = (line: number): string => `#L${line}`;

/** A log of any length, as it grows: searched, linked to, copied. It fills the height that it is given. */
export function LogViewer({ lines, complete, className, ...options }: Props) {
  const { fileName = "log.txt", lineHref = ownHash, onLineChange } = options;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [isWrapped, setWrapped] = useState(false);
  const [hasTimes, setTimes] = useState(false);
  const [focused, setFocused] = useState<number | null>(null);

  const linked = useLinkedLine(options.line);
  const ends = useSelectedEnds(rows, lines.length);
  const kept = useMemo(() => (focused === null ? ends : [...ends, focused]), [ends, focused]);
  const follow = useFollow(lines.length, linked === null);
  const virtualizer = useRows({ scroller, count: lines.length, isWrapped, kept, onChange: follow.look });
  useStayAtEnd(virtualizer, follow.isFollowing);

  const show = (index: number) => {
    follow.leave();
    virtualizer.scrollToIndex(index, { align: "center" });
  };
  const search = useSearch(
    lines,
    () => virtualizer.range?.startIndex ?? 0,
    ({ index }) => show(index),
  );
  useShownOnce(linked, lines.length, show);
  useLeavingToSelect(ends.length > 0, follow.leave);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    if (event.key === "f") {
      event.preventDefault();
      field.current?.select();
    }
    if (event.key === "a" && event.target !== field.current && rows.current !== null) {
      event.preventDefault();
      selectAll(rows.current);
    }
  };
  const onCopy = (event: ClipboardEvent) => {
    const span = event.target === field.current ? null : spanIn(rows.current, lines.length);
    if (span === null) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", selectedText(lines, span));
  };

  return (
    <section className={fillingRootClass(className)} aria-label="Deployment log" onKeyDown={onKeyDown} onCopy={onCopy}>
      <div className="sw:@container sw:flex sw:min-h-64 sw:flex-col sw:overflow-hidden sw:rounded-box sw:border sw:border-line sw:bg-log">
        <Toolbar
          search={search}
          field={field}
          onLeave={() => scroller.current?.focus()}
          isWrapped={isWrapped}
          onWrap={setWrapped}
          hasTimes={hasTimes}
          onTimes={setTimes}
          onCopy={() => copy(logText(lines))}
          onDownload={() => save(`${logText(lines)}\n`, fileName)}
        />
        <div className="sw:relative sw:min-h-0 sw:flex-1">
          <div
            ref={scroller}
            role="log"
            aria-live="off"
            aria-label="Lines"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
            tabIndex={0}
            className="sw:absolute sw:inset-0 sw:overflow-auto sw:overscroll-contain sw:font-mono sw:text-xs sw:leading-5 sw:[overflow-anchor:none] sw:[tab-size:8]"
          >
            {lines.length === 0 && <Empty isComplete={complete} />}
            <Rows
              element={rows}
              lines={lines}
              virtualizer={virtualizer}
              isWrapped={isWrapped}
              hasTimes={hasTimes}
              linked={linked}
              lineHref={lineHref}
              onLineChange={onLineChange}
              search={search}
              focused={focused}
              onFocused={setFocused}
            />
          </div>
          {!follow.isFollowing && virtualizer.getTotalSize() > (virtualizer.scrollRect?.height ?? 0) && (
            <JumpToEnd unseen={follow.unseen} onClick={follow.jumpToEnd} />
          )}
        </div>
      </div>
    </section>
  );
}

function Empty({ isComplete }: { isComplete: boolean }) {
  return <p className="sw:p-4 sw:text-muted">{isComplete ? "The log is empty." : "Waiting for the first line…"}</p>;
}

function JumpToEnd({ unseen, onClick }: { unseen: number; onClick: () => void }) {
  const count = unseen === 0 ? "" : ` (${unseen.toLocaleString("en-US")} new ${unseen === 1 ? "line" : "lines"})`;
  return (
    <Button
      className="sw:absolute sw:right-5 sw:bottom-4 sw:rounded-full sw:px-3 sw:py-1 sw:shadow-md"
      onClick={onClick}
    >
      <Icon icon={ArrowDown} className="sw:size-3.5" />
      Jump to the end{count}
    </Button>
  );
}

/** Takes the reader to the linked line as soon as it is there, once for each link. */
function useShownOnce(linked: number | null, count: number, show: (index: number) => void): void {
  const shown = useRef<number | null>(null);
  useEffect(() => {
    if (linked === null) shown.current = null;
    if (linked === null || linked > count || linked < 1 || shown.current === linked) return;
    shown.current = linked;
    show(linked - 1);
  });
}

/** Who selects reads: the log must not run away below the pointer. */
function useLeavingToSelect(isSelecting: boolean, leave: () => void): void {
  useEffect(() => {
    if (isSelecting) leave();
  }, [isSelecting, leave]);
}
