import * as inert from "@slipway/text/inert";
import type { LogLine } from "../../client/index.ts";
import { plainText } from "./plain-text.ts";

const known = new WeakMap<LogLine, string | null>();

/** A line that is a JSON object, folded out over several lines; `null`: it is none, or says all on one line as well. */
export function jsonOf(line: LogLine): string | null {
  let text = known.get(line);
  if (text === undefined) {
    text = foldedOut(plainText(line).trim());
    known.set(line, text);
  }
  return text;
}

function foldedOut(text: string): string | null {
  if (!text.startsWith("{") || !text.endsWith("}")) return null;
  try {
    const lines = JSON.stringify(JSON.parse(text), null, 2).split("\n");
    // What was escaped is written out now, invisible characters included.
    return lines.length < 2 ? null : lines.map(inert.plainText).join("\n");
  } catch {
    return null;
  }
}
