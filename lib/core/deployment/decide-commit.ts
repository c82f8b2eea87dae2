import { stageMessages } from "../stage.ts";
import { nextPollAt } from "./deadline.ts";
import { completeEffect, type Draft, enqueueEffect, enter, type Handled, isWaitingFor, say } from "./draft.ts";
import { fail } from "./ending.ts";

export function resolved(draft: Draft, commit: string, message: string): Handled {
  if (!isWaitingFor(draft, "resolve_commit")) return "the commit was not asked for";
  const next = {
    ...completeEffect(draft, "resolve_commit"),
    commit_hash: commit,
    commit_message: message,
    // It may have said that the Git host does not answer.
    message: stageMessages[draft.stage],
  };
  return enqueueEffect(next, { type: "start_build", attempt: 1 });
}

/** A repository that cannot be read is a failure to clone it, found out before a build host was paid for. */
export function cannotClone(draft: Draft, code: string, message: string, now: string): Handled {
  if (!isWaitingFor(draft, "resolve_commit")) return "the commit was not asked for";
  return fail(enter(completeEffect(draft, "resolve_commit"), "cloning", now), code, message, now);
}

const resolveAttempts = 8;

export function unreachable(draft: Draft, message: string, now: string): Handled {
  if (!isWaitingFor(draft, "resolve_commit")) return "the commit was not asked for";
  const failed = draft.resolve_attempts + 1;
  const tried = { ...draft, resolve_attempts: failed };
  if (failed >= resolveAttempts) return cannotClone(tried, "repository_unreachable", message, now);
  const next = draft.next_poll_at ?? nextPollAt(draft, now);
  const sentence = `${message} Next try at ${next.slice(11, 19)} UTC (${failed} of ${resolveAttempts} failed).`;
  return { ...say(tried, sentence), message: sentence };
}
