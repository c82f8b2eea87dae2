import type { ReactVirtualizer } from "@tanstack/react-virtual";
import { type FocusEvent, type KeyboardEvent, type MouseEvent, type RefObject, useMemo, useRef } from "react";
import type { LogLine } from "../../client/index.ts";
import { Row } from "./row.tsx";
import type { Search } from "./use-search.ts";
import { noWidth, widthOf } from "./width.ts";

interface Props {
  readonly element: RefObject<HTMLDivElement | null>;
  readonly lines: readonly LogLine[];
  readonly virtualizer: ReactVirtualizer<HTMLDivElement, HTMLDivElement>;
  readonly isWrapped: boolean;
  readonly hasTimes: boolean;
  readonly linked: number | null;
  readonly lineHref: (line: number) => string;
  readonly onLineChange: ((line: number) => void) | undefined;
  readonly search: Search;
  /** The row whose number has the focus. */
  readonly focused: number | null;
  readonly onFocused: (index: number | null) => void;
}

/** The lines in view, between two marks that stand for the beginning and the end of the log. */
export function Rows(props: Props) {
  const { element, lines, virtualizer, isWrapped, hasTimes, linked, lineHref, search, focused } = props;
  const columns = useColumns(lines);
  const digits = Math.max(2, String(lines.length).length);
  const tabStop = focused ?? virtualizer.range?.startIndex ?? 0;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links in it are what is clicked and focused
    <div
      ref={element}
      className="sw:relative"
      style={{
        ["--digits" as string]: digits,
        height: virtualizer.getTotalSize(),
        minWidth: isWrapped ? undefined : `calc(${columns + digits + (hasTimes ? 13 : 0)}ch + 4rem)`,
      }}
      onClick={(event) => follow(event, props)}
      onKeyDown={(event) => moveFocus(event, props)}
      onFocus={(event) => props.onFocused(indexOf(event.target))}
      onBlur={(event: FocusEvent) => props.onFocused(indexOf(event.relatedTarget))}
    >
      <span aria-hidden />
      {virtualizer.getVirtualItems().map(({ index, start }) => {
        const line = lines[index];
        if (line === undefined) return null;
        return (
          <Row
            key={index}
            line={line}
            index={index}
            top={start}
            href={lineHref(index + 1)}
            isWrapped={isWrapped}
            hasTime={hasTimes}
            isLinked={linked === index + 1}
            isTabStop={tabStop === index}
            query={search.shown}
            currentMatch={search.current?.index === index ? search.current.start : null}
            measure={isWrapped ? virtualizer.measureElement : undefined}
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

/** A plain click is the page's business; one that opens a tab or a window is the browser's. */
function follow(event: MouseEvent, { onLineChange }: Props): void {
  const index = indexOf(event.target);
  if (index === null || onLineChange === undefined) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  onLineChange(index + 1);
}

const steps: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1 };

/** From a line's number to the one above or below. */
function moveFocus(event: KeyboardEvent, { element, virtualizer, lines }: Props): void {
  const [index, step] = [indexOf(event.target), steps[event.key]];
  if (index === null || step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const next = index + step;
  if (next < 0 || next >= lines.length) return;
  event.preventDefault();
  virtualizer.scrollToIndex(next);
  element.current?.querySelector<HTMLElement>(`a[data-line="${next + 1}"]`)?.focus({ preventScroll: true });
}
