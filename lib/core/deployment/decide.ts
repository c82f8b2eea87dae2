import { isTerminal } from "../stage.ts";
import { plusSeconds } from "../time.ts";
import { isFarOff, nextPollAt, stageSeconds, waitingDeadline } from "./deadline.ts";
import { build, buildSeen, buildStarted, buildWaits, built, imageReused, orphanedBuild } from "./decide-build.ts";
import { commandEnded, commandNumbered, commandOver, commandPrinted } from "./decide-command.ts";
import { cannotClone, resolved, unreachable } from "./decide-commit.ts";
import { polled } from "./decide-deadline.ts";
import {
  orphanedProcesses,
  processesRefused,
  processesSeen,
  processesStarted,
  processesStopped,
} from "./decide-processes.ts";
import { deploy, imageRead, orphanedRelease, releaseChecked, releaseSeen, releaseStarted } from "./decide-release.ts";
import type { Deployment, Ending } from "./deployment.ts";
import {
  beginFinalization,
  completeEffect,
  type Draft,
  end,
  enqueueEffect,
  finalize,
  finish,
  type Handled,
  isReleasing,
  isStart,
  isWaitingFor,
  record,
  releaseSlots,
  say,
} from "./draft.ts";
import { type Effect, effectKey } from "./effect.ts";
import { endingWithoutError, fail } from "./ending.ts";
import type { DeploymentEvent, EffectBegun, EventOf } from "./event.ts";
import { isHeld, leaseSeconds, nobody } from "./lease.ts";

export type Decision =
  /** The row's next version, and the effects that it newly enqueued (in its outbox too). */
  | { readonly next: Deployment; readonly effects: readonly Effect[] }
  /** Nothing is written. The reason is for the log. */
  | { readonly ignored: string };

/**
 * What an event does to a deployment. Pure: the same arguments give the same answer. Illegal, outdated and repeated
 * events change nothing. `now` is the time of the decision.
 */
export function decide(deployment: Deployment, event: DeploymentEvent, now: string): Decision {
  const draft: Draft = { ...deployment, version: deployment.version + 1 };
  const handled = handle(draft, event, now);
  if (typeof handled === "string") return { ignored: handled };
  const next = finalize(deployment, releaseSlots(deployment, beginFinalization(handled)), now);
  if (same(deployment, next)) return { ignored: `${event.type} says nothing new` };
  return { next, effects: next.outbox.filter((effect) => !deployment.enqueued.includes(effectKey(effect))) };
}

/** `after` was made of `before` and has all of its fields. Most are the very same, and need no comparison. */
const same = (before: Deployment, after: Deployment): boolean =>
  Object.keys(after).every((name) => {
    const [earlier, later]: readonly unknown[] = [Reflect.get(before, name), Reflect.get(after, name)];
    return name === "version" || earlier === later || JSON.stringify(earlier) === JSON.stringify(later);
  });

function handle(draft: Draft, event: DeploymentEvent, now: string): Handled {
  if (isTerminal(draft.stage)) return afterTheEnd(draft, event, now);
  switch (event.type) {
    case "woken":
      return "only the outbox is tried";
    case "polled":
      return polled(draft, event.due, now);
    case "admitted":
      return admitted(draft, event, now);
    case "lane_waiting":
      return waitingOnly(draft, () => ({ ...draft, deadline_at: waitingDeadline(draft, now) }));
    case "superseded":
      return waitingOnly(draft, () => end(draft, supersededBy(event.by), now));
    case "held":
      return waitingOnly(draft, () =>
        end(draft, { ...endingWithoutError("superseded", event.reason), error_code: "app_pinned" }, now),
      );
    case "promoted":
      return promoted(draft, event.to);
    case "commit_resolved":
      return resolved(draft, event.commit, event.message);
    case "commit_refused":
      return cannotClone(draft, event.code, event.message, now);
    case "repository_unreachable":
      return unreachable(draft, event.message, now);
    case "build_started":
      return buildStarted(draft, event, now);
    case "image_reused":
      return imageReused(draft, event, now);
    case "build_refused":
      return isWaitingFor(draft, `start_build#${event.attempt}`)
        ? fail(draft, "build_refused", event.message, now)
        : "no build was to be started";
    case "build_waiting":
      return buildWaits(event.in_turn ? { ...draft, deadline_at: waitingDeadline(draft, now) } : draft, event);
    case "build_seen":
      return buildSeen(draft, event, now);
    case "release_command_numbered":
      return commandNumbered(draft, event.run_id);
    case "release_command_refused":
      return isWaitingFor(draft, "start_release_command")
        ? fail(commandOver(draft), "release_refused", event.message, now)
        : "no release command was to be started";
    case "release_command_printed":
      return commandPrinted(draft, event);
    case "release_command_ended":
      return commandEnded(draft, event, now);
    case "image_read":
      return imageRead(draft, event);
    case "release_started":
      return releaseStarted(draft, event, now);
    case "release_refused":
      // Another start of it may have got through: `fail` has that stopped, since this one is still in the outbox.
      return isReleasing(draft) ? fail(draft, "release_refused", event.message, now) : "no release was to be started";
    case "release_seen":
      return releaseSeen(draft, event, now);
    case "release_checked":
      return releaseChecked(draft, event.wrong, now);
    case "processes_started":
      return processesStarted(draft, event, now);
    case "processes_refused":
      return processesRefused(draft, event.message, now);
    case "processes_seen":
      return processesSeen(draft, event, now);
    case "cancel_requested":
      return cancel(draft, event, now);
    case "approved":
      return approved(draft, event, now);
    case "rejected":
      return rejected(draft, event, now);
    case "effect_begun":
      return begin(draft, event, now);
    case "effect_put_off":
      return putOff(draft, event.holder);
    case "effect_done":
      return effectDone(draft, event.key, now);
    case "broken":
      return fail(draft, "internal_error", event.message, now);
  }
}

/** Terminal is terminal: only what is left to be done is completed, looked after, or stopped. */
function afterTheEnd(draft: Draft, event: DeploymentEvent, now: string): Handled {
  if (event.type === "effect_done")
    return event.key === "stop_processes" ? processesStopped(draft) : completeEffect(draft, event.key);
  if (event.type === "effect_begun") return begin(draft, event, now);
  if (event.type === "effect_put_off") return putOff(draft, event.holder);
  if (event.type === "polled" && draft.next_poll_at === event.due) {
    const next = { ...draft, next_poll_at: nextPollAt(draft, now) };
    return isFarOff(event.due, now) ? confirmLater(next, now) : next;
  }
  if (event.type === "promoted") return promoted(draft, event.to);
  if (event.type === "build_started") return orphanedBuild(draft, event.build_id);
  if (event.type === "release_started") return orphanedRelease(draft, event.task_definition, now);
  if (event.type === "processes_started") return orphanedProcesses(draft, now);
  return `it has ended (${draft.stage})`;
}

/**
 * The clock jumped since it ended, or nobody polled: how long ago that was is not known, and somebody may be at work on it
 * yet. Nobody confirms that it stopped for as long as that may last.
 */
function confirmLater(draft: Draft, now: string): Draft {
  const key = "confirm_stopped";
  if (!isWaitingFor(draft, key)) return draft;
  return { ...draft, lease: { key, holder: nobody, until: plusSeconds(now, leaseSeconds) } };
}

function admitted(draft: Draft, { fixed }: EventOf<"admitted">, now: string): Handled {
  if (!isWaitingFor(draft, "enter_lane")) return "it did not wait to be admitted";
  const seconds = stageSeconds(draft, "pending") ?? 0;
  const { image, ...configured } = fixed ?? {};
  const next = {
    ...completeEffect(draft, "enter_lane"),
    ...configured,
    ...image,
    deadline_at: plusSeconds(now, seconds),
  };
  if (next.image_digest !== null) return built(next, now);
  return next.commit_hash === "" ? enqueueEffect(next, { type: "resolve_commit" }) : build(next);
}

const promoted = (draft: Draft, to: number): Handled =>
  draft.promoted_to.includes(to) ? "it is noted" : { ...draft, promoted_to: [...draft.promoted_to, to] };

function waitingOnly(draft: Draft, change: () => Draft): Handled {
  return isWaitingFor(draft, "enter_lane") ? change() : "it does not wait any more";
}

function cancel(draft: Draft, { by, reason, audit_action }: EventOf<"cancel_requested">, now: string): Handled {
  if (draft.cancel_requested_at !== null) return "cancelling was asked for before";
  if (draft.enqueued.includes("seal_log")) return "its end is being written";
  const noted = record({ ...draft, cancel_requested_at: now }, audit_action, now);
  const asked = say(noted, `Cancellation requested by ${by}.`);
  const why = reason === null ? "" : `: ${reason}`;
  return end(asked, endingWithoutError("cancelled", `Cancelled by ${by}${why}`), now);
}

const waitsForApproval = (draft: Draft): boolean => draft.stage === "awaiting_approval" && draft.ending === null;

function approved(draft: Draft, { by, reason, audit_action }: EventOf<"approved">, now: string): Handled {
  if (!waitsForApproval(draft)) return "it does not wait for approval";
  const next = say(draft, reason === null ? `Approved by ${by}.` : `Approved by ${by}: ${reason}`);
  return deploy(record(next, audit_action, now), now);
}

function rejected(draft: Draft, { by, reason, audit_action }: EventOf<"rejected">, now: string): Handled {
  if (!waitsForApproval(draft)) return "it does not wait for approval";
  const why = reason === null ? "" : `: ${reason}`;
  const ending = { ...endingWithoutError("cancelled", `Rejected by ${by}${why}`), error_code: "approval_rejected" };
  return end(record(draft, audit_action, now), ending, now);
}

function begin(draft: Draft, { key, holder, until }: EffectBegun, now: string): Handled {
  if (!isWaitingFor(draft, key)) return `${key} was done before`;
  if (isHeld(draft.lease, now)) return `${key} is being done`;
  // Whoever is done gives a lease back. One that is there still belonged to somebody who vanished, or whom the clock took it from.
  return { ...startedLate(draft, now), lease: { key, holder, until } };
}

/** The last request of whoever vanished in a start may have come through until now, and be shown later still. */
function startedLate(draft: Draft, now: string): Draft {
  const { lease, release, processes } = draft;
  if (lease?.key === "start_processes") return { ...draft, processes: processes && { ...processes, started_at: now } };
  if (isStart(lease))
    return { ...draft, start_taken_over_at: now, release: release && { ...release, started_at: now } };
  return draft;
}

function putOff(draft: Draft, holder: string): Handled {
  if (draft.lease?.holder !== holder) return "somebody else holds it";
  const { lease, release, start_taken_over_at } = draft;
  // Where the end was decided meanwhile, it is known now that this start began nothing.
  const isUnknown = isStart(lease) && release?.task_definition === null;
  return { ...draft, lease: null, release: isUnknown ? { ...release, started_at: start_taken_over_at } : release };
}

function effectDone(draft: Draft, key: string, now: string): Handled {
  if (!isWaitingFor(draft, key)) return `${key} was done before`;
  if (key === "stop_processes") return processesStopped(draft);
  const next = completeEffect(draft, key);
  if (key === "stop_orphaned_release" && draft.release?.finished) return putBack(next);
  return key === "seal_log" ? finish(next, now) : next;
}

/** Of a release that had come to its end the earlier one is released again. */
const putBack = (draft: Draft): Draft => ({
  ...draft,
  rolled_back: draft.live_before !== null,
  release: draft.release && { ...draft.release, finished: false },
});

const supersededBy = (by: number): Ending =>
  endingWithoutError("superseded", `Replaced by the newer deployment ${by}.`);
