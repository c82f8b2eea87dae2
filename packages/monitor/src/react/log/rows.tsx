import type { ReactVirtualizer } from "@tanstack/react-virtual";
import { type FocusEvent, type KeyboardEvent, type MouseEvent, type RefObject, useMemo, useRef } from "react";
import type { LogLine } from "../../client/index.ts";
import { between, type LineRange } from "./range.ts";
import { Row } from "./row.tsx";
import type { Search } from "./use-search.ts";
import type { ShownLines } from "./use-shown-lines.ts";
import { noWidth, widthOf } from "./width.ts";

interface Props {
  readonly element: RefObject<HTMLDivElement | null>;
  readonly lines: readonly LogLine[];
  readonly shown: ShownLines;
  readonly virtualizer: ReactVirtualizer<HTMLDivElement, HTMLDivElement>;
  readonly isWrapped: boolean;
  readonly hasTimes: boolean;
  readonly linked: LineRange | null;
  /** The next line number that is clicked is the other end of a range, as with Shift. */
  readonly isExtending: boolean;
  readonly onExtended: () => void;
  readonly lineHref: (line: number, last?: number) => string;
  readonly onLineChange: ((line: number, last: number) => void) | undefined;
  readonly search: Search;
  /** Lines of JSON that were folded out or in, by their index. */
  readonly json: ReadonlyMap<number, boolean>;
  readonly onJson: (index: number) => void;
  /** The row whose number has the focus. */
  readonly focused: number | null;
  readonly onFocused: (index: number | null) => void;
}

/** The lines in view, between two marks that stand for the beginning and the end of the log. */
export function Rows(props: Props) {
  const { element, lines, shown, virtualizer, isWrapped, hasTimes, linked, lineHref, search, focused, json } = props;
  const steps = useStepStarts(shown);
  const columns = useColumns(lines);
  const digits = Math.max(2, String(lines.length).length);
  const tabStop = focused ?? shown.lineAt(virtualizer.range?.startIndex ?? 0);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links in it are what is clicked and focused
    <div
      ref={element}
      className="sw:relative"
      style={{
        ["--digits" as string]: digits,
        height: virtualizer.getTotalSize(),
        minWidth: isWrapped ? undefined : `calc(${columns + digits + (hasTimes ? 13 : 0)}ch + 4.5rem)`,
      }}
      onClick={(event) => follow(event, props)}
      onKeyDown={(event) => moveFocus(event, props)}
      onFocus={(event) => props.onFocused(indexOf(event.target))}
      onBlur={(event: FocusEvent) => props.onFocused(indexOf(event.relatedTarget))}
    >
      <span aria-hidden />
      {virtualizer.getVirtualItems().map(({ index: row, start }) => {
        const index = shown.lineAt(row);
        const line = lines[index];
        if (line === undefined) return null;
        return (
          <Row
            key={index}
            line={line}
            index={index}
            row={row}
            step={steps.get(index)}
            isFolded={shown.filter.folded.has(index)}
            isJsonOpen={json.get(index) ?? false}
            top={start}
            href={lineHref(index + 1)}
            isWrapped={isWrapped}
            hasTime={hasTimes}
            isLinked={linked !== null && linked.from <= index + 1 && index + 1 <= linked.to}
            isTabStop={tabStop === index}
            query={search.shown}
            currentMatch={search.current?.index === index ? search.current.start : null}
            measure={isWrapped || json.has(index) ? virtualizer.measureElement : undefined}
          />
        );
      })}
      <span aria-hidden />
    </div>
  );
}

/** Rows that are not on the page cannot widen it. */
function useColumns(lines: readonly LogLine[]): number {
  const before = useRef(noWidth);
  return useMemo(() => {
    before.current = widthOf(lines, before.current);
    return before.current.columns;
  }, [lines]);
}

const linkAt = (target: EventTarget | null): HTMLElement | null =>
  target instanceof Element ? target.closest<HTMLElement>("a[data-line]") : null;

/** The row of the line number that an event came from. */
function indexOf(target: EventTarget | null): number | null {
  const link = linkAt(target);
  return link === null ? null : Number(link.dataset.line) - 1;
}

/** A plain click is the page's business, as is one with Shift, which reaches from the linked line to this one; one that opens a tab is the browser's. */
function follow(event: MouseEvent, props: Props): void {
  const { onLineChange, lineHref, linked, shown, onJson } = props;
  const json = event.target instanceof Element ? event.target.closest<HTMLElement>("button[data-json]") : null;
  if (json !== null) {
    onJson(Number(json.dataset.json));
    return;
  }
  const fold = event.target instanceof Element ? event.target.closest<HTMLElement>("button[data-fold]") : null;
  if (fold !== null) {
    shown.fold(Number(fold.dataset.fold));
    return;
  }
  const index = indexOf(event.target);
  if (index === null || event.ctrlKey || event.metaKey || event.altKey) return;
  const isRange = (event.shiftKey || props.isExtending) && linked !== null;
  props.onExtended();
  if (onLineChange === undefined && !isRange) return;
  event.preventDefault();
  const { from, to } = isRange ? between(linked.from, index + 1) : between(index + 1, index + 1);
  if (onLineChange === undefined) location.assign(lineHref(from, to));
  else onLineChange(from, to);
}

/** The steps by their first line, each with how many lines it hides when it is folded. */
const useStepStarts = ({ sections: { steps } }: ShownLines): ReadonlyMap<number, number> =>
  useMemo(() => new Map(steps.map(({ start, end }) => [start, end - start - 1])), [steps]);

const steps: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1 };

/** From a line's number to the one above or below. */
function moveFocus(event: KeyboardEvent, { element, virtualizer, shown }: Props): void {
  const [index, step] = [indexOf(event.target), steps[event.key]];
  if (index === null || step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const next = (shown.rowOf(index) ?? 0) + step;
  if (next < 0 || next >= shown.count) return;
  event.preventDefault();
  virtualizer.scrollToIndex(next);
  element.current
    ?.querySelector<HTMLElement>(`a[data-line="${shown.lineAt(next) + 1}"]`)
    ?.focus({ preventScroll: true });
}
