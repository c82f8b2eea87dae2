import { ArrowDown } from "lucide";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import type { LogLine } from "../../client/index.ts";
import { Button } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { fillingRootClass } from "../ui/root-class.ts";
import { copy, save } from "./deliver.ts";
import { logText } from "./plain-text.ts";
import { hashOf, type LineRange } from "./range.ts";
import { Rows } from "./rows.tsx";
import { SelectedLines } from "./selected-lines.tsx";
import { selectAll, selectedText, spanIn } from "./selection.ts";
import { Toolbar } from "./toolbar.tsx";
import { useFollow, useStayAtEnd } from "./use-follow.ts";
import { useLinkedLines } from "./use-linked-lines.ts";
import { useRows } from "./use-rows.ts";
import { useSearch } from "./use-search.ts";
import { useSelectedEnds } from "./use-selection.ts";
import { type ShownLines, useShownLines } from "./use-shown-lines.ts";

interface Props {
  /** Those of an earlier rendering are a prefix of the later ones. */
  lines: readonly LogLine[];
  /** Nothing follows. */
  complete: boolean;
  fileName?: string;
  /** The linked line, from 1, or several. Without it what the page's address names as `#L12` or `#L12-L20`; `null`: none. */
  line?: number | LineRange | null | undefined;
  lineHref?: ((line: number, last?: number) => string) | undefined;
  /** A line's number was clicked, or with Shift the `last` of several; without it the browser follows the link. */
  onLineChange?: ((line: number, last: number) => void) | undefined;
  /** Grows each time that the linked line is to be shown again. */
  shownTimes?: number | undefined;
  /** What it is a log of. */
  label?: string;
  className?: string;
}

/** px. Where the log is narrower, as on phones, lines are wrapped at first: most would end beyond its edge. */
const narrow = 480;

/** A log of any length, as it grows: searched, linked to, copied. It fills the height that it is given. */
export function LogViewer({ lines, complete, className, label = "Deployment log", ...options }: Props) {
  const { fileName = "log.txt", lineHref = hashOf, onLineChange } = options;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [isWrapped, setWrapped] = useState(false);
  useEffect(() => {
    const width = scroller.current?.clientWidth ?? 0;
    if (width > 0 && width < narrow) setWrapped(true);
  }, []);
  const [hasTimes, setTimes] = useState(false);
  const [isExtending, setExtending] = useState(false);
  const [focused, setFocused] = useState<number | null>(null);
  const [atError, setAtError] = useState<number | null>(null);
  const [json, setJson] = useState<ReadonlyMap<number, boolean>>(new Map());

  const linked = useLinkedLines(options.line);
  const shown = useShownLines(lines);
  const ends = useSelectedEnds(rows, lines.length);
  const kept = useMemo(() => {
    const lines = focused === null ? ends : [...ends, focused];
    return lines.map(shown.rowOf).filter((row) => row !== null);
  }, [ends, focused, shown.rowOf]);
  const follow = useFollow(shown.count, linked === null);
  const virtualizer = useRows({ scroller, count: shown.count, isWrapped, kept, onChange: follow.look });
  useStayAtEnd(virtualizer, follow.isFollowing);

  const show = useShow(shown, (row) => {
    follow.leave();
    virtualizer.scrollToIndex(row, { align: "center" });
  });
  const search = useSearch(
    lines,
    () => shown.lineAt(virtualizer.range?.startIndex ?? 0),
    ({ index }) => show(index),
  );
  useShownOnce(linked?.from ?? null, options.shownTimes ?? 0, lines.length, show);
  useLeavingToSelect(ends.length > 0, follow.leave);

  /** The lines above get lower when they are not wrapped any more: the reader stays at the first that is in view. */
  const wrap = (isWanted: boolean) => {
    const first = virtualizer.range?.startIndex;
    setWrapped(isWanted);
    if (isWanted || follow.isFollowing || first === undefined) return;
    requestAnimationFrame(() => virtualizer.scrollToIndex(first, { align: "start" }));
  };

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
    <section className={fillingRootClass(className)} aria-label={label} onKeyDown={onKeyDown} onCopy={onCopy}>
      <div className="sw:@container sw:flex sw:min-h-64 sw:flex-col sw:overflow-hidden sw:rounded-box sw:border sw:border-line sw:bg-log">
        <Toolbar
          search={search}
          field={field}
          onLeave={() => scroller.current?.focus()}
          isWrapped={isWrapped}
          onWrap={wrap}
          hasTimes={hasTimes}
          onTimes={setTimes}
          onCopy={() => copy(logText(lines))}
          onDownload={() => save(`${logText(lines)}\n`, fileName)}
          shown={shown}
          firstVisible={() => shown.lineAt(virtualizer.range?.startIndex ?? 0)}
          onError={(index) => {
            show(index);
            setAtError(index);
          }}
          atError={atError}
        />
        {linked !== null && linked.to <= lines.length && (
          <SelectedLines
            key={`${linked.from} ${linked.to}`}
            range={linked}
            lines={lines}
            href={lineHref(linked.from, linked.to)}
            isExtending={isExtending}
            onExtend={setExtending}
          />
        )}
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
              shown={shown}
              virtualizer={virtualizer}
              isWrapped={isWrapped}
              hasTimes={hasTimes}
              linked={linked}
              isExtending={isExtending}
              onExtended={() => setExtending(false)}
              lineHref={lineHref}
              onLineChange={onLineChange}
              search={search}
              json={json}
              onJson={(index) => {
                follow.leave();
                setJson((now) => new Map(now).set(index, !now.get(index)));
              }}
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

/** Takes the reader to a line, and uncovers it first where a folded step or a filter hides it. */
function useShow(shown: ShownLines, scrollTo: (row: number) => void): (line: number) => void {
  const [wanted, setWanted] = useState<number | null>(null);
  useEffect(() => {
    const row = wanted === null ? null : shown.rowOf(wanted);
    if (row === null) return;
    setWanted(null);
    scrollTo(row);
  });
  return (line) => {
    const row = shown.rowOf(line);
    if (row !== null) return scrollTo(row);
    shown.uncover(line);
    setWanted(line);
  };
}

/** Takes the reader to the linked line as soon as it is there, once for each link. */
function useShownOnce(linked: number | null, times: number, count: number, show: (index: number) => void): void {
  const shown = useRef<string | null>(null);
  useEffect(() => {
    const wanted = `${linked} ${times}`;
    if (linked === null) shown.current = null;
    if (linked === null || linked > count || linked < 1 || shown.current === wanted) return;
    shown.current = wanted;
    show(linked - 1);
  });
}

/** Who selects reads: the log must not run away below the pointer. */
function useLeavingToSelect(isSelecting: boolean, leave: () => void): void {
  useEffect(() => {
    if (isSelecting) leave();
  }, [isSelecting, leave]);
}
