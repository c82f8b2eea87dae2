import type { LogLine } from "../../client/index.ts";
import { plainText } from "./plain-text.ts";

/** How programs of all kinds say that something went wrong. */
const signs: readonly RegExp[] = [
  /^(?:npm|pnpm|yarn) err(?:or|!)/i,
  /(?:^|[\s[(])\w*(?:error|exception|fatal|panic)(?:\[\w+\]| \w+)?:/i,
  /^(?:fatal|panic)\b|\[(?:error|fatal)\]/i,
  /^Traceback \(most recent call last\)/,
  /: (?:command )?not found$|: No such file or directory$|: Permission denied$/,
];

/** The last words of BuildKit, of Podman and of Slipway: they follow from what went wrong before them. */
const summaries: readonly RegExp[] = [
  /^ERROR: (?:failed to (?:build|solve): )*process "/,
  /^Error: building at STEP "/,
  /^Deployment failed\b/,
];

const known = new WeakMap<LogLine, boolean>();

/** Whether a line says that something went wrong. Programs write progress to standard error too, so the stream does not decide. */
export function isError(line: LogLine): boolean {
  let found = known.get(line);
  if (found === undefined) {
    const text = plainText(line);
    found = isSummary(line) || (line.stream !== "system" && signs.some((sign) => sign.test(text)));
    known.set(line, found);
  }
  return found;
}

const isSummary = (line: LogLine): boolean => summaries.some((summary) => summary.test(plainText(line)));

/**
 * Where the log of a failed deployment says why, as an index: the first of the last errors in a row that a command printed, else the
 * last thing that one printed. `null`: the log is empty.
 */
export function failingLine(lines: readonly LogLine[]): number | null {
  const isOwn = (index: number) => {
    const line = lines[index];
    return line !== undefined && isError(line) && !isSummary(line);
  };
  for (let index = lines.length - 1; index >= 0; index--) {
    if (!isOwn(index)) continue;
    while (isOwn(index - 1)) index--;
    return index;
  }
  const printed = lines.findLastIndex((line) => line.stream !== "system" && !isSummary(line));
  if (printed !== -1) return printed;
  return lines.length === 0 ? null : lines.length - 1;
}
