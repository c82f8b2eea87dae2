import { buildProgress, isTerminal, type OpenStage } from "../stage.ts";
import { plusSeconds } from "../time.ts";
import { type BuildResult, buildResult } from "./build-result.ts";
import {
  finalizationSeconds,
  inWords,
  isFarOff,
  judgedDeadline,
  pollSeconds,
  stageSeconds,
  waitingDeadline,
} from "./deadline.ts";
import { commandEnded, commandMessage, commandNumbered, commandOver, commandPrinted } from "./decide-command.ts";
import { releaseChecked, releaseSeen } from "./decide-release.ts";
import { type Deployment, type Ending, isRedeploy, isRollback, restoresRelease } from "./deployment.ts";
import {
  beginFinalization,
  completeEffect,
  completeStart,
  type Draft,
  end,
  enqueueEffect,
  enter,
  finalize,
  finish,
  type Handled,
  isReleasing,
  isWaitingFor,
  progressTo,
  record,
  releaseSlots,
  say,
  unknownRelease,
} from "./draft.ts";
import { type Effect, effectKey } from "./effect.ts";
import { endingWithoutError, fail, joined } from "./ending.ts";
import type { BuildSeen, DeploymentEvent, EffectBegun, EventOf, ReleaseStarted } from "./event.ts";
import { isHeld, leaseSeconds } from "./lease.ts";

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
      return releaseStarted(draft, event);
    case "release_refused":
      // Another start of it may have got through: `fail` has that stopped, since this one is still in the outbox.
      return isReleasing(draft) ? fail(draft, "release_refused", event.message, now) : "no release was to be started";
    case "release_seen":
      return releaseSeen(draft, event, now);
    case "release_checked":
      return releaseChecked(draft, event.wrong, now);
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
  if (event.type === "effect_done") return completeEffect(draft, event.key);
  if (event.type === "effect_begun") return begin(draft, event, now);
  if (event.type === "effect_put_off") return putOff(draft, event.holder);
  if (event.type === "polled" && draft.next_poll_at === event.due) {
    const next = { ...draft, next_poll_at: plusSeconds(now, pollSeconds(draft.stage)) };
    return isFarOff(event.due, now) ? confirmLater(next, now) : next;
  }
  if (event.type === "promoted") return promoted(draft, event.to);
  if (event.type === "build_started") return orphanedBuild(draft, event.build_id);
  if (event.type === "release_started") return orphanedRelease(draft, event.task_definition);
  return `it has ended (${draft.stage})`;
}

/**
 * The clock jumped since it ended, or nobody polled: how long ago that was is not known, and somebody may be at work on it
 * yet. Nobody confirms that it stopped for as long as that may last.
 */
function confirmLater(draft: Draft, now: string): Draft {
  const key = "confirm_stopped";
  if (!isWaitingFor(draft, key)) return draft;
  return { ...draft, lease: { key, holder: "", until: plusSeconds(now, leaseSeconds) } };
}

function polled(draft: Draft, due: string, now: string): Handled {
  if (draft.next_poll_at !== due) return "an outdated poll";
  const deadline_at = judgedDeadline(draft, due, now);
  const next = { ...draft, deadline_at, next_poll_at: plusSeconds(now, pollSeconds(draft.stage)) };
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
    `It was still in ${draft.stage} after ${words}, the deadline of that stage. ${draft.release?.trouble ?? deadlineAdvice[draft.stage]}`,
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
    },
    `Slipway could not confirm within ${words} that everything has stopped.`,
  );
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
  return enqueueEffect(
    next,
    next.commit_hash === "" ? { type: "resolve_commit" } : { type: "start_build", attempt: 1 },
  );
}

const promoted = (draft: Draft, to: number): Handled =>
  draft.promoted_to.includes(to) ? "it is noted" : { ...draft, promoted_to: [...draft.promoted_to, to] };

function waitingOnly(draft: Draft, change: () => Draft): Handled {
  return isWaitingFor(draft, "enter_lane") ? change() : "it does not wait any more";
}

function resolved(draft: Draft, commit: string, message: string): Handled {
  if (!isWaitingFor(draft, "resolve_commit")) return "the commit was not asked for";
  const next = { ...completeEffect(draft, "resolve_commit"), commit_hash: commit, commit_message: message };
  return enqueueEffect(next, { type: "start_build", attempt: 1 });
}

/** A repository that cannot be read is a failure to clone it, found out before a build host was paid for. */
function cannotClone(draft: Draft, code: string, message: string, now: string): Handled {
  if (!isWaitingFor(draft, "resolve_commit")) return "the commit was not asked for";
  return fail(enter(completeEffect(draft, "resolve_commit"), "cloning", now), code, message, now);
}

const resolveAttempts = 8;

function unreachable(draft: Draft, message: string, now: string): Handled {
  if (!isWaitingFor(draft, "resolve_commit")) return "the commit was not asked for";
  const tried = { ...draft, resolve_attempts: draft.resolve_attempts + 1 };
  return tried.resolve_attempts < resolveAttempts ? tried : cannotClone(tried, "repository_unreachable", message, now);
}

function buildStarted(
  draft: Draft,
  { attempt, build_id: buildId, build_key, served_image_bytes = null }: EventOf<"build_started">,
  now: string,
): Handled {
  if (draft.ending !== null) return orphanedBuild(draft, buildId);
  if (!isWaitingFor(draft, `start_build#${attempt}`)) return "the build is known";
  const build = { attempt, id: buildId, running: true };
  const known = {
    ...completeEffect(draft, `start_build#${attempt}`),
    build,
    build_prepared: true,
    build_key: build_key ?? null,
    served_image_bytes,
  };
  const started = enqueueEffect(known, { type: "prepare_release" });
  return started.stage === "pending" ? enter(started, "cloning", now) : started;
}

/** The stages are those of a build, so that whoever watches sees what happens instead of one. */
function imageReused(draft: Draft, event: EventOf<"image_reused">, now: string): Handled {
  const { attempt, image_digest, from, build_key, built_at, image_bytes, served_image_bytes = null } = event;
  if (!isWaitingFor(draft, `start_build#${attempt}`)) return "no build was to be started";
  const known = { ...completeEffect(draft, `start_build#${attempt}`), image_digest, build_key, built_at };
  const build_result: BuildResult = { outcome: "reused", steps: [], image_bytes };
  const reused = enqueueEffect(
    { ...known, reused_from: from, build_result, served_image_bytes },
    { type: "prepare_release" },
  );
  const cloning = reused.stage === "pending" ? enter(reused, "cloning", now) : reused;
  const building = enter(cloning, "building", now, "Reusing an image");
  const line = `The input of the build has not changed since deployment ${from}. Reusing its image ${image_digest}.`;
  return built(say(building, line), now);
}

/** Said while nothing else can be: a second attempt waits in a stage that has its own words. */
function buildWaits(draft: Draft, event: EventOf<"build_waiting">): Handled {
  const { attempt, message, build_key = null, served_image_bytes = null } = event;
  if (!isWaitingFor(draft, `start_build#${attempt}`)) return "no build was to be started";
  const next = { ...draft, build_prepared: true, build_key, served_image_bytes };
  return next.stage === "pending" ? { ...next, message } : next;
}

function orphanedBuild(draft: Draft, buildId: string): Handled {
  return draft.build?.id === buildId
    ? "the build is known"
    : enqueueEffect(draft, { type: "stop_orphaned_build", build_id: buildId });
}

function buildSeen(draft: Draft, seen: BuildSeen, now: string): Handled {
  if (draft.build === null || draft.build.attempt !== seen.attempt) return "not the build that runs";
  if (!draft.build.running) return "the build has ended";
  const ended = seen.finished !== null || (seen.status !== null && seen.status !== "in_progress");
  if (draft.ending !== null)
    return ended ? { ...draft, build: { ...draft.build, running: false } } : "it is being stopped";
  const next = withProgress(draft, seen, now);
  if (!ended) return next;
  return buildEnded({ ...next, build: { ...draft.build, running: false } }, seen, now);
}

function withProgress(draft: Draft, seen: BuildSeen, now: string): Draft {
  if (seen.cloned === null) return draft;
  const cloned = { ...draft, commit_hash: seen.cloned.commit, commit_message: seen.cloned.message };
  const building = cloned.stage === "cloning" ? enter(cloned, "building", now) : cloned;
  return seen.step === null ? building : progressTo(building, buildProgress(seen.step));
}

function buildEnded(draft: Draft, seen: BuildSeen, now: string): Draft {
  if (seen.finished !== null) {
    if (seen.finished.outcome === "succeeded" && seen.finished.image_digest !== null) {
      const { image_digest, steps = [], image_bytes = null } = seen.finished;
      return built({ ...draft, image_digest, built_at: now, build_result: buildResult(steps, image_bytes) }, now);
    }
    const { code, message, exit_code } = seen.finished;
    return fail(draft, code ?? "build_failed", message ?? "The build failed.", now, exit_code);
  }
  if (seen.status === "fault" || seen.status === "absent") return hostLost(draft, seen.attempt, now);
  if (seen.status === "stopped") {
    return end(
      draft,
      { ...endingWithoutError("cancelled", "The build was stopped outside Slipway."), error_code: "build_stopped" },
      now,
    );
  }
  if (seen.status === "timed_out") {
    return fail(
      draft,
      "build_timed_out",
      "The build exceeded CodeBuild's time limit. Speed it up, or check its log for a step that hangs.",
      now,
    );
  }
  const detail = seen.detail === null ? "" : ` CodeBuild says: ${seen.detail}`;
  return fail(
    draft,
    "build_unreported",
    `The build ended without reporting a result.${detail} Retry; if it happens again, see the build in CodeBuild.`,
    now,
  );
}

/** A build whose host died is started once more. */
function hostLost(draft: Draft, attempt: number, now: string): Draft {
  if (attempt >= 2)
    return fail(draft, "build_host_lost", "The build's host was lost twice. Retry in a few minutes.", now);
  const closed = enqueueEffect(draft, { type: "close_build_log", attempt });
  return enqueueEffect(say(closed, "The build's host was lost. Starting the build once more."), {
    type: "start_build",
    attempt: attempt + 1,
  });
}

function built(draft: Draft, now: string): Draft {
  const approved = draft.settings.approval === "none" || restoresRelease(draft);
  const next = draft.stage === "cloning" ? enter(draft, "building", now) : draft;
  return approved ? deploy(next, now) : enter(next, "awaiting_approval", now);
}

/** The release command first, if there is one. What is put back or released again ran it when it was released. */
function deploy(draft: Draft, now: string): Draft {
  const hasCommand = draft.settings.release_command !== null && !isRollback(draft) && !isRedeploy(draft);
  return hasCommand
    ? enqueueEffect(enter(draft, "deploying", now, commandMessage), { type: "number_release_command" })
    : enqueueEffect(enter(draft, "deploying", now), { type: "start_release" });
}

function imageRead(draft: Draft, { settings, lines }: EventOf<"image_read">): Handled {
  if (draft.image_settings !== null) return "the image was read before";
  return lines.reduce(say, { ...draft, image_settings: settings });
}

function releaseStarted(draft: Draft, event: ReleaseStarted): Handled {
  if (draft.ending !== null) return orphanedRelease(draft, event.task_definition);
  // Which of two starts ECS runs is ECS's to say: the next poll follows that one.
  if (!isReleasing(draft)) return "the release is known";
  const { task_definition, load_balancer_url, url, note } = event;
  const starting = `Starting ${draft.settings.instances} of ${draft.settings.name}.`;
  const started = say(completeStart(draft), joined(starting, note));
  return { ...started, release: { ...unknownRelease, task_definition, load_balancer_url }, url };
}

function orphanedRelease(draft: Draft, taskDefinition: string): Handled {
  if (draft.release?.task_definition === taskDefinition) return "the release is known";
  // Whatever of it runs is stopped then.
  if (isWaitingFor(draft, "stop_release")) return "the release is to be stopped";
  return enqueueEffect(draft, { type: "stop_orphaned_release", task_definition: taskDefinition });
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
  const isTakenOver = draft.lease?.key.startsWith("start_release") ?? false;
  return { ...draft, lease: { key, holder, until }, start_taken_over: draft.start_taken_over || isTakenOver };
}

const putOff = (draft: Draft, holder: string): Handled =>
  draft.lease?.holder === holder ? { ...draft, lease: null } : "somebody else holds it";

function effectDone(draft: Draft, key: string, now: string): Handled {
  if (!isWaitingFor(draft, key)) return `${key} was done before`;
  const next = completeEffect(draft, key);
  return key === "seal_log" ? finish(next, now) : next;
}

const supersededBy = (by: number): Ending =>
  endingWithoutError("superseded", `Replaced by the newer deployment ${by}.`);
