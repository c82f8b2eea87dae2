import { colouredText } from "@slipway/text/inert";
import { splitLong } from "@slipway/text/split";
import { largestLog } from "../limits.ts";
import type { LogLine } from "./log.ts";

/**
 * One line of text from elsewhere as it is stored: redacted as a whole, then without what is no text, then split. The other way
 * round a secret could be cut in two. `text` has no line end.
 */
export function storedLines(
  text: string,
  redact: (line: string) => string,
  rest: Omit<LogLine, "line">,
): readonly LogLine[] {
  const shown = colouredText(redact(text));
  return splitLong(shown, largestLog.line - 1).map((piece) => ({ ...rest, line: `${piece}\n` }));
}
