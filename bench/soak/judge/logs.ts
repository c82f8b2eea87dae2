import type { Seen, SeenLine } from "../follow.ts";
import type { Asked } from "../history.ts";
import type { Shown } from "./ends.ts";

const again = "Starting the build once more";

/** What is wrong with the stored log of a deployment: its build numbered its lines at their source, from 1 in each attempt. */
export function wrongLog(asked: Asked, shown: Shown, lines: readonly SeenLine[]): readonly string[] {
  const wrong: string[] = [];
  for (const [index, { cursor }] of lines.entries()) {
    const before = lines[index - 1]?.cursor ?? 0;
    if (cursor <= before) wrong.push(`cursor ${cursor} follows ${before}`);
  }
  const attempts: number[][] = [[]];
  for (const { line } of lines) {
    if (line.includes(again)) attempts.push([]);
    const found = /^line (\d+) of (\S+)\n$/.exec(line);
    if (found === null) continue;
    if (found[2] !== asked.version) wrong.push(`it has a line of ${found[2]}: ${line}`);
    attempts.at(-1)?.push(Number(found[1]));
  }
  for (const numbers of attempts) {
    const gap = numbers.findIndex((number, index) => number !== index + 1);
    if (gap >= 0) wrong.push(`line ${numbers[gap]} follows line ${gap === 0 ? "nothing" : numbers[gap - 1]}`);
  }
  const last = attempts.at(-1)?.length ?? 0;
  if (saidAll(asked, shown) && last !== asked.lines)
    wrong.push(`its build printed ${asked.lines} lines, ${last} are kept`);
  return wrong;
}

/** Its build was of its own, and came to its end. */
function saidAll({ by, kind }: Asked, { stage, error_code, timeline }: Shown): boolean {
  const isBuilt = by === "api" || by === "webhook";
  const wasReleased = timeline.some((entry) => entry.stage === "deploying");
  return isBuilt && (stage === "success" || wasReleased || (kind === "broken" && error_code === "build_failed"));
}

/** What is wrong with what somebody saw, held against the stored log. */
export function wrongView(seen: Seen, stored: readonly SeenLine[]): readonly string[] {
  const wrong = [...seen.wrong];
  if (!seen.finished) wrong.push(`it stands still at line ${seen.lines.at(-1)?.cursor ?? 0}`);
  const byCursor = new Map(seen.lines.map(({ cursor, line }) => [cursor, line]));
  const missed = stored.filter(({ cursor }) => !byCursor.has(cursor));
  if (missed.length > 0 && seen.finished)
    wrong.push(`${missed.length} lines were missed, the first is ${missed[0]?.cursor}`);
  const other = stored.find(({ cursor, line }) => byCursor.has(cursor) && byCursor.get(cursor) !== line);
  if (other !== undefined) wrong.push(`line ${other.cursor} was delivered as ${byCursor.get(other.cursor)}`);
  const known = new Set(stored.map(({ cursor }) => cursor));
  const invented = seen.lines.find(({ cursor }) => !known.has(cursor));
  if (invented !== undefined) wrong.push(`line ${invented.cursor} was delivered and is not stored`);
  return wrong;
}
