import { longestPollSeconds } from "../deployment/deadline.ts";
import type { Backlog } from "../ports/infrastructure.ts";
import { plusSeconds } from "../time.ts";

/** A poll that is so late was lost, unless messages wait on the queue. */
const lateSeconds = 30;

/** Which polls a sweep sends again. */
export interface LostPolls {
  /** A poll that was due before is late. */
  readonly since: string;
  /** Of those whose polls are late, the longest first, the ones whose polls are not on the queue. */
  readonly missing: <T>(late: readonly T[]) => Promise<readonly T[]>;
}

/**
 * Where a sweep waited on the queue itself, polls wait there as well, and so may all messages that nobody has received yet: to send
 * those polls again would make a queue that is behind longer still, until nothing else is done. What stays out for that reason is
 * judged again by the next sweep.
 */
export function lostPolls(backlog: Backlog, now: string, queuedSeconds: number): LostPolls {
  return {
    since: plusSeconds(now, -(lateSeconds + 2 * queuedSeconds)),
    missing: async (late) =>
      late.length === 0 ? late : late.slice(0, Math.max(0, late.length - (await backlog.waiting()))),
  };
}

/** Beyond the longest time until a poll. */
export const allPollsSeconds = longestPollSeconds + lateSeconds;
