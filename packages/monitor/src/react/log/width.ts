import type { LogLine } from "../../client/index.ts";
import { plainText } from "./plain-text.ts";

/** The widest line so far, in columns. */
export interface Width {
  readonly lines: readonly LogLine[];
  readonly columns: number;
}

export const noWidth: Width = { lines: [], columns: 0 };

/** How wide the longest line is; of what `before` covers nothing is measured again. */
export function widthOf(lines: readonly LogLine[], before: Width): Width {
  const isContinued = before.lines.length <= lines.length && before.lines[0] === lines[0];
  let columns = isContinued ? before.columns : 0;
  for (let index = isContinued ? before.lines.length : 0; index < lines.length; index++) {
    const line = lines[index];
    if (line !== undefined) columns = Math.max(columns, columnsOf(plainText(line)));
  }
  return { lines, columns };
}

const wide = /[^\0-\u02af]/;

/** Rather too many than too few: a tab takes up to eight columns, a character beyond Latin up to two. */
function columnsOf(text: string): number {
  const tabs = text.includes("\t") ? text.split("\t").length - 1 : 0;
  return (wide.test(text) ? 2 : 1) * text.length + 7 * tabs;
}
