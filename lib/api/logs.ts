import { readLogSchema } from "../contract/requests.ts";
import type { Holder } from "../core/access/credential.ts";
import type { Principal } from "../core/access/principal.ts";
import type { Deployment } from "../core/deployment/deployment.ts";
import { hasLogExpired, type LogPage, logExpired } from "../core/log/log.ts";
import type { Tokens } from "../core/ports/access.ts";
import type { Deployments, LogStore } from "../core/ports/deployments.ts";
import type { Slot } from "../core/ports/infrastructure.ts";
import { toTimestamp } from "../core/time.ts";
import { readableDeployment } from "./deployments.ts";
import { data } from "./deps.ts";
import { ApiError, noDeployment } from "./errors.ts";
import { type HeldDeps, takeHold } from "./held.ts";
import { parse } from "./parse.ts";
import { mayRead } from "./principal.ts";
import { standingOf } from "./standing.ts";

/** What reading a log reaches. */
export interface LogsDeps extends HeldDeps {
  readonly deployments: Deployments;
  readonly log: Pick<LogStore, "read">;
  readonly tokens: Pick<Tokens, "get">;
  /** Resolves after so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly nowMs: () => number;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsedMs: () => number;
}

/** Who reads, as the authorizer found out. */
export interface Reader {
  readonly principal: Principal | null;
  /** What that stands on; `null`: on nothing that can be taken away. */
  readonly holder?: Holder | null;
}

/** How often a held request polls for more lines. */
const pollMs = 400;
/** After so many polls the access of the reader is checked again: every 2 s. */
const pollsPerCheck = 5;
const downloadedAtOnce = 2000;

/**
 * The lines after a cursor; with `wait` held until there are some, nothing will follow, or too many answers are held already.
 * An expired log has none, and is complete.
 */
export async function readLog(deps: LogsDeps, reader: Reader, id: number, query: Readonly<Record<string, string>>) {
  const { principal } = reader;
  if (principal === null) throw new ApiError("unauthorized");
  const row = await readableDeployment(deps, { principal }, id);
  const { after, limit, wait } = parse(readLogSchema, query);
  const gone = data([], 200, { next_cursor: after, complete: true, expired: true }).body;
  if (isExpired(deps, row)) return gone;
  const read = () => deps.log.read(row.id, after, limit);
  const now = await read();
  // The row says that the log was sealed, and the log does not know of it: it is gone early.
  if (row.log_complete && isEmpty(now) && !now.more) return gone;
  const page = wait > 0 && isEmpty(now) ? await held(deps, { ...reader, principal }, row, { now, read, wait }) : now;
  return data(page.lines, 200, { next_cursor: page.next, complete: page.complete, expired: false }).body;
}

/** Whether there is something to wait for. */
const isEmpty = (page: LogPage): boolean => page.lines.length === 0 && !page.complete;

interface Waiting {
  readonly now: LogPage;
  readonly read: () => Promise<LogPage>;
  /** In seconds. */
  readonly wait: number;
}

async function held(
  deps: LogsDeps,
  reader: Reader & { readonly principal: Principal },
  row: { readonly id: number; readonly app_id: number },
  { now, read, wait }: Waiting,
): Promise<LogPage> {
  const slot = await takeHold(deps, reader.principal, "wait");
  if (slot === null) return now;
  try {
    const until = deps.elapsedMs() + wait * 1000;
    let page = now;
    for (let polls = 1; isEmpty(page) && deps.elapsedMs() < until; polls++) {
      await deps.pause(pollMs);
      if (polls % pollsPerCheck === 0)
        await requireAccess(deps, reader, { app_id: row.app_id, absent: noDeployment(row.id) });
      page = await read();
    }
    return page;
  } finally {
    await deps.slots.free(slot);
  }
}

/** Whoever waits may have lost their access since they asked. */
export async function requireAccess(
  deps: Pick<LogsDeps, "tokens" | "nowMs">,
  { holder = null }: Reader,
  { app_id, absent }: { readonly app_id: number; readonly absent: ApiError },
): Promise<void> {
  if (holder === null) return;
  const standing = await standingOf(deps.tokens, holder, Math.floor(deps.nowMs() / 1000));
  if (standing === null) throw new ApiError("unauthorized");
  if (!mayRead(standing.principal, app_id)) throw absent;
}

/** The whole log as text, as far as there is one now. Who reads slowly holds an invocation, too. */
export async function downloadLog(
  deps: LogsDeps,
  principal: Principal | null,
  id: number,
): Promise<AsyncGenerator<string>> {
  if (principal === null) throw new ApiError("unauthorized");
  const row = await readableDeployment(deps, { principal }, id);
  if (isExpired(deps, row)) return expiredText();
  const slot = await takeHold(deps, principal, "download");
  if (slot === null && deps.maxHeldReads > 0) {
    const sentence = "Too many logs are being downloaded or waited for. Try again in a few seconds.";
    throw new ApiError("too_many_requests", { sentence, headers: { "Retry-After": "5" } });
  }
  return text(deps, row.id, slot);
}

const isExpired = ({ nowMs }: LogsDeps, row: Deployment): boolean => hasLogExpired(row, toTimestamp(nowMs()));

async function* expiredText(): AsyncGenerator<string> {
  yield `${logExpired}\n`;
}

async function* text(deps: LogsDeps, id: number, slot: Slot | null): AsyncGenerator<string> {
  try {
    let page: LogPage = { lines: [], next: 0, more: true, complete: false };
    while (page.more) {
      page = await deps.log.read(id, page.next, downloadedAtOnce);
      yield page.lines.map((line) => line.line).join("");
    }
  } finally {
    if (slot !== null) await deps.slots.free(slot);
  }
}
