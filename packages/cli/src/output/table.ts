import { inlineText } from "@slipway/text/inert";
import { fitted, padded, widthOf, wrapped } from "../terminal/width.ts";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly align?: "right";
  /** May be cut to so many columns where the terminal is narrow. */
  readonly shrinksTo?: number;
  /** Is never cut: where the terminal is too narrow, it gets a line of its own below, so that it can be copied. */
  readonly goesBelow?: boolean;
  /** Is left out where the terminal is too narrow. Of these and those that go below, the last one gives way first. */
  readonly optional?: boolean;
  /** Colours a cell, which is fitted and padded by then. */
  readonly style?: (text: string, row: Row) => string;
}

export interface TableFormat {
  /** How wide the terminal is; `undefined`: as wide as need be. */
  readonly columns: number | undefined;
  readonly dim: (text: string) => string;
}

const gap = 2;
/** Of what goes below. */
const indent = 4;

/** Rows below titles, each in a line that does not wrap. What others wrote can do nothing to the terminal. */
export function table<Row>(shown: readonly Column<Row>[], rows: readonly Row[], format: TableFormat): string {
  const cells = rows.map((row) => shown.map((column) => inlineText(column.cell(row))));
  const natural = shown.map((column, at) =>
    Math.max(widthOf(column.title), ...cells.map((line) => widthOf(line[at] ?? ""))),
  );
  const widths = layOut(shown, natural, format.columns ?? Number.POSITIVE_INFINITY);
  const line = (text: (column: Column<Row>, at: number, width: number) => string): string => {
    const parts = shown.flatMap((column, at) => {
      const width = widths[at];
      return width === undefined || width === null ? [] : [text(column, at, width)];
    });
    return `${parts.join(" ".repeat(gap)).trimEnd()}\n`;
  };
  const head = line((column, _at, width) => format.dim(padded(fitted(column.title, width), width, column.align)));
  const body = rows.map((row, index) => {
    const first = line((column, at, width) => {
      const text = padded(fitted(cells[index]?.[at] ?? "", width), width, column.align);
      return column.style === undefined ? text : column.style(text, row);
    });
    const below = shown.flatMap((column, at) => {
      const text = cells[index]?.[at] ?? "";
      return column.goesBelow === true && widths[at] === null && text !== "" ? [`${" ".repeat(indent)}${text}\n`] : [];
    });
    return [first, ...below].join("");
  });
  return [head, ...body].join("");
}

/** How wide each column becomes; `null`: it is left out, or goes below. */
function layOut<Row>(shown: readonly Column<Row>[], natural: readonly number[], columns: number): (number | null)[] {
  const widths: (number | null)[] = [...natural];
  for (;;) {
    shrink(shown, widths, columns);
    const last = shown.findLastIndex(
      ({ goesBelow, optional }, at) => (goesBelow === true || optional === true) && widths[at] !== null,
    );
    if (excess(widths, columns) <= 0 || last < 0) return widths;
    // With one column less, the others may be as wide as they were.
    for (const [at, width] of widths.entries()) widths[at] = width === null ? null : (natural[at] ?? 0);
    widths[last] = null;
  }
}

/** Takes what is too much from the columns that may give it, from the widest first. */
function shrink<Row>(shown: readonly Column<Row>[], widths: (number | null)[], columns: number): void {
  while (excess(widths, columns) > 0) {
    const spare = (at: number) => (widths[at] ?? 0) - (shown[at]?.shrinksTo ?? Number.POSITIVE_INFINITY);
    const widest = shown
      .map((_column, at) => at)
      .filter((at) => widths[at] !== null && spare(at) > 0)
      .toSorted((one, other) => (widths[other] ?? 0) - (widths[one] ?? 0))[0];
    if (widest === undefined) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function excess(widths: readonly (number | null)[], columns: number): number {
  const there = widths.filter((width) => width !== null);
  return there.reduce((sum, width) => sum + width, 0) + gap * (there.length - 1) - columns;
}

/** Names and what is said of them; what is longer than a line goes on below itself. */
export function facts(
  rows: readonly (readonly [name: string, value: string])[],
  { columns = Number.POSITIVE_INFINITY, dim }: TableFormat,
): string {
  const indent = Math.max(0, ...rows.map(([name]) => widthOf(name))) + gap;
  return rows
    .map(([name, value]) => {
      const head = dim(padded(name, indent - gap)) + " ".repeat(gap);
      // The first line has the name before it.
      return `${head}${wrapped(inlineText(value), Math.max(20, columns - indent)).replaceAll("\n", `\n${" ".repeat(indent)}`)}\n`;
    })
    .join("");
}
