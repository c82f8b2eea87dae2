import * as inert from "@slipway/text/inert";
import type { LogLine } from "../../client/index.ts";

/** Tabs are all that is left of control characters; a line has no further lines in it. */
const bare = ({ line }: LogLine): string => (line.endsWith("\n") ? line.slice(0, -1) : line).replaceAll("\n", "");

/** A line without its end and without what cannot only be read, except for colours. */
export const colouredText = (line: LogLine): string => inert.colouredText(bare(line));

const known = new WeakMap<LogLine, string>();

/** What a person reads of a line. A line's text is worked out once: a search asks for all of them with each letter. */
export function plainText(line: LogLine): string {
  let text = known.get(line);
  if (text === undefined) {
    text = inert.plainText(bare(line));
    known.set(line, text);
  }
  return text;
}

/** The whole log as one text, as it is copied and downloaded. */
export const logText = (lines: readonly LogLine[]): string => lines.map(plainText).join("\n");
