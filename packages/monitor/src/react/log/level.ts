import type { LogLine } from "../../client/index.ts";
import { plainText } from "./plain-text.ts";

/** How programs of all kinds say that something went wrong. */
const signs: readonly RegExp[] = [
  /^(?:npm|pnpm|yarn) err(?:or|!)/i,
  /(?:^|[\s[(])\w*(?:error|exception|fatal|panic)(?:\[\w+\]| \w+)?:/i,
  /^(?:fatal|panic)\b|\[(?:error|fatal)\]/i,
  /^Traceback \(most recent call last\)/,
  /: (?:command )?not found$|: No such file or directory$|: Permission denied$/,
  /(?:^|\s)(?:level|lvl|severity)="?(?:error|fatal|panic|critical)\b/i,
];

/** Where loggers that print JSON put the level: Pino, Winston, Zap and Bunyan; Google Cloud; Elastic; Python. */
const levelNames = ["level", "severity", "log.level", "levelname"];
const errorLevels = /^(?:err|error|fatal|panic|critical|crit|alert|emergency|emerg|severe)$/i;
/** Pino and Bunyan: 40 is a warning, 50 an error. Syslog's numbers end at 7. */
const leastErrorLevel = 50;

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
    found =
      isSummary(line) || (line.stream !== "system" && (saidByLevel(text) ?? signs.some((sign) => sign.test(text))));
    known.set(line, found);
  }
  return found;
}

/** What a line that is a JSON object says by its level; `null`: it is none, or has none. */
function saidByLevel(text: string): boolean | null {
  if (!text.startsWith("{")) return null;
  try {
    const fields: Readonly<Record<string, unknown>> = JSON.parse(text);
    const level = levelNames.map((name) => fields[name]).find((value) => value !== undefined);
    if (typeof level === "number") return level >= leastErrorLevel;
    return typeof level === "string" ? errorLevels.test(level) : null;
  } catch {
    return null;
  }
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
