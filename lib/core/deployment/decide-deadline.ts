import { isTerminal, type OpenStage } from "../stage.ts";
import { finalizationSeconds, inWords, judgedDeadline, nextPollAt, stageSeconds } from "./deadline.ts";
import { type Draft, end, type Handled, say } from "./draft.ts";
import { endingWithoutError, fail } from "./ending.ts";

export function polled(draft: Draft, due: string, now: string): Handled {
  if (draft.next_poll_at !== due) return "an outdated poll";
  const deadline_at = judgedDeadline(draft, due, now);
  const next = { ...draft, deadline_at, next_poll_at: nextPollAt({ ...draft, deadline_at }, now) };
  return deadline_at !== null && deadline_at <= now ? expire(next, now) : next;
}

function expire(draft: Draft, now: string): Draft {
  if (draft.ending !== null) return giveUpFinalization(draft);
  if (isTerminal(draft.stage)) return draft;
  if (draft.stage === "awaiting_approval") {
    const words = inWords(draft.settings.approval_expiry_minutes * 60);
    return end(
      draft,
      {
        ...endingWithoutError(
          "cancelled",
          `Nobody approved it within ${words}. Deploy again to request a new approval.`,
        ),
        error_code: "approval_expired",
      },
      now,
    );
  }
  const words = inWords(stageSeconds(draft, draft.stage) ?? 0);
  return fail(
    draft,
    "deadline_exceeded",
    `It was still in ${draft.stage} after ${words}, the deadline of that stage. ${draft.processes?.trouble ?? draft.release?.trouble ?? deadlineAdvice[draft.stage]}`,
    now,
  );
}

const deadlineAdvice: Readonly<Record<Exclude<OpenStage, "awaiting_approval">, string>> = {
  pending: "Check which deployments are ahead of it, and the account's limit of concurrent builds.",
  cloning: "Check that the Git server responds, then retry.",
  building: "Speed up the build, or check its log for a step that hangs.",
  deploying: "Check the app's output for why it does not become healthy.",
};

/** Stopping took too long: the end is reported as it is, and the sweep's report names what is left. */
function giveUpFinalization(draft: Draft): Draft {
  const words = inWords(finalizationSeconds);
  return say(
    {
      ...draft,
      deadline_at: null,
      build: draft.build && { ...draft.build, running: false },
      release: draft.release && { ...draft.release, running: false },
      release_command: draft.release_command && { ...draft.release_command, running: false },
      processes: draft.processes && { ...draft.processes, running: false },
    },
    `Slipway could not confirm within ${words} that everything has stopped.`,
  );
}
