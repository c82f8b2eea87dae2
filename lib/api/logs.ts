import type { Deployment } from "../core/deployment.ts";
import { hasLogExpired, logExpired } from "../core/log.ts";
import { toTimestamp } from "../core/time.ts";
import type { Deployments } from "../ports/deployments.ts";
import type { LogPage, LogStore } from "../ports/log.ts";
import type { Principal } from "../ports/tokens.ts";
import { readableDeployment } from "./deployments.ts";
import { ApiError } from "./errors.ts";
import { parse } from "./parse.ts";
import { readLogSchema } from "./schemas.ts";
import { data } from "./world.ts";

/** What reading a log reaches. */
export interface LogsWorld {
  readonly deployments: Deployments;
  readonly log: LogStore;
  /** Resolves after so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly nowMs: () => number;
}

/** How often a held answer looks for more. */
const lookMs = 400;
const downloadedAtOnce = 2000;

/** The lines after a cursor; with `wait` held until there are some, or nothing will follow. An expired log has none, and is complete. */
export async function readLog(
  world: LogsWorld,
  principal: Principal | null,
  id: number,
  query: Readonly<Record<string, string>>,
) {
  if (principal === null) throw new ApiError("unauthorized");
  const row = await readableDeployment(world, { principal }, id);
  const { after, limit, wait } = parse(readLogSchema, query);
  const gone = data([], 200, { next_cursor: after, complete: true, expired: true }).body;
  if (isExpired(world, row)) return gone;
  const until = world.nowMs() + wait * 1000;
  let page = await world.log.read(row.id, after, limit);
  // The row says that the log was sealed, and the log does not know of it: it is gone early.
  if (row.log_complete && !page.complete && !page.more && page.lines.length === 0) return gone;
  while (page.lines.length === 0 && !page.complete && world.nowMs() < until) {
    await world.pause(lookMs);
    page = await world.log.read(row.id, after, limit);
  }
  return data(page.lines, 200, { next_cursor: page.next, complete: page.complete, expired: false }).body;
}

/** The whole log as text, as far as there is one now. */
export async function downloadLog(
  world: LogsWorld,
  principal: Principal | null,
  id: number,
): Promise<AsyncGenerator<string>> {
  if (principal === null) throw new ApiError("unauthorized");
  const row = await readableDeployment(world, { principal }, id);
  return isExpired(world, row) ? expiredText() : text(world, row.id);
}

const isExpired = ({ nowMs }: LogsWorld, row: Deployment): boolean => hasLogExpired(row, toTimestamp(nowMs()));

async function* expiredText(): AsyncGenerator<string> {
  yield `${logExpired}\n`;
}

async function* text(world: LogsWorld, id: number): AsyncGenerator<string> {
  let page: LogPage = { lines: [], next: 0, more: true, complete: false };
  while (page.more) {
    page = await world.log.read(id, page.next, downloadedAtOnce);
    yield page.lines.map((line) => line.line).join("");
  }
}
