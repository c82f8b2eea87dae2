import { stageMessages } from "../stage.ts";
import { nextPollAt } from "./deadline.ts";
import { build } from "./decide-build.ts";
import { completeEffect, type Draft, enter, type Handled, isWaitingFor, say } from "./draft.ts";
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
  return build(next);
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
  if (failed >= resolveAttempts) {
    const advice = "Check the address of the repository, and deploy again when its server answers.";
    return cannotClone(tried, "repository_unreachable", `${message} ${advice}`, now);
  }
  const next = draft.next_poll_at ?? nextPollAt(draft, now);
  // While the server kept silent, the next poll may have come due: it is on the queue, and tries at once.
  const when = next > now ? `Next try at ${next.slice(11, 19)} UTC` : "The next try follows";
  const sentence = `${message} ${when} (${failed} of ${resolveAttempts} failed).`;
  return { ...say(tried, sentence), message: sentence };
}
