import type { LogLine } from "../../client/index.ts";
import { plainText } from "./plain-text.ts";

/** A place between two characters of the log. */
interface Point {
  readonly index: number;
  readonly offset: number;
}

/** A selection as it was made: the focus may lie before the anchor. */
export interface Span {
  readonly anchor: Point;
  readonly focus: Point;
}

/** The text of a selection, from the data: most of its lines may not be on the page. */
export function selectedText(lines: readonly LogLine[], { anchor, focus }: Span): string {
  const [from, to] = isBefore(anchor, focus) ? [anchor, focus] : [focus, anchor];
  const texts = lines.slice(from.index, to.index + 1).map(plainText);
  const last = texts.length - 1;
  // The end first: on a single line cutting the start would move it.
  if (last === to.index - from.index) texts[last] = texts[last]?.slice(0, to.offset) ?? "";
  if (texts[0] !== undefined) texts[0] = texts[0].slice(from.offset);
  return texts.join("\n");
}

const isBefore = (one: Point, other: Point): boolean =>
  one.index < other.index || (one.index === other.index && one.offset <= other.offset);

/** The selection of the page, if both of its ends lie in the rows. */
export function spanIn(rows: HTMLElement | null, count: number): Span | null {
  const selection = document.getSelection();
  if (rows === null || selection === null || selection.isCollapsed) return null;
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection;
  const anchor = pointAt(rows, count, anchorNode, anchorOffset);
  const focus = pointAt(rows, count, focusNode, focusOffset);
  return anchor === null || focus === null ? null : { anchor, focus };
}

/** Selects all rows, those that are not on the page too: from the mark before the first to the one after the last. */
export function selectAll(rows: HTMLElement): void {
  const [first, last] = [rows.firstElementChild, rows.lastElementChild];
  if (first !== null && last !== null) document.getSelection()?.setBaseAndExtent(first, 0, last, 0);
}

function pointAt(rows: HTMLElement, count: number, node: Node | null, offset: number): Point | null {
  if (node === null || !rows.contains(node)) return null;
  const end: Point = { index: Math.max(0, count - 1), offset: Number.MAX_SAFE_INTEGER };
  // Between two rows.
  if (node === rows) return startOf(rows.childNodes[offset] ?? null) ?? (offset <= 1 ? { index: 0, offset: 0 } : end);
  const element = node instanceof Element ? node : node.parentElement;
  const row = element?.closest<HTMLElement>("[data-line-index]");
  if (!row) return rows.firstElementChild?.contains(node) ? { index: 0, offset: 0 } : end;
  return { index: Number(row.dataset.lineIndex), offset: offsetIn(row, node, offset) };
}

const startOf = (node: Node | null): Point | null =>
  node instanceof HTMLElement && node.dataset.lineIndex !== undefined
    ? { index: Number(node.dataset.lineIndex), offset: 0 }
    : null;

/** How many characters of a row's text lie before a place; none before a place in its number. */
function offsetIn(row: HTMLElement, node: Node, offset: number): number {
  const text = row.querySelector("[data-text]");
  if (text === null) return 0;
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(node, offset);
  return before.toString().length;
}
