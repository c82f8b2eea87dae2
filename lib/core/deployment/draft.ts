import { stageFacts } from "@slipway/monitor/stages";
import { type AuditAction, entryOn } from "../access/audit.ts";
import { isTerminal, mayFollow, type Stage, stageMessages } from "../stage.ts";
import { plusSeconds } from "../time.ts";
import { finalizationSeconds, pollSeconds, stageSeconds } from "./deadline.ts";
import { type Deployment, type Ending, isOpen } from "./deployment.ts";
import { type Effect, effectKey, isDroppedAtEnd } from "./effect.ts";

/**
 * The small steps that `decide` is made of. Each takes a deployment and gives a new one; none knows of events.
 * A draft carries the version it will have when it is written.
 */
export type Draft = Deployment;
/** The draft after an event, or why the event changes nothing. */
export type Handled = Draft | string;

/** Transactional outbox: enqueues an effect, unless one was enqueued before under the same key. */
export function enqueueEffect(draft: Draft, effect: Effect): Draft {
  const key = effectKey(effect);
  if (draft.enqueued.includes(key)) return draft;
  return { ...draft, outbox: [...draft.outbox, effect], enqueued: [...draft.enqueued, key] };
}

/** Completes an effect: takes it out of the outbox. */
export function completeEffect(draft: Draft, key: string): Draft {
  const lease = draft.lease?.key === key ? null : draft.lease;
  return { ...draft, lease, outbox: draft.outbox.filter((effect) => effectKey(effect) !== key) };
}

export function isWaitingFor(draft: Draft, key: string): boolean {
  return draft.outbox.some((effect) => effectKey(effect) === key);
}

/** Whether its release is still to be started, or is being started by somebody. */
export const isReleasing = ({ outbox }: Deployment): boolean => outbox.some(({ type }) => type === "start_release");

/** Completes the start of its release, whichever attempt it is. */
export const completeStart = (draft: Draft): Draft =>
  draft.outbox
    .filter(({ type }) => type === "start_release")
    .reduce((each, effect) => completeEffect(each, effectKey(effect)), draft);

/** Enqueues an effect anew that was carried out before under the same key. */
export const enqueueAgain = (draft: Draft, effect: Effect): Draft =>
  enqueueEffect({ ...draft, enqueued: draft.enqueued.filter((key) => key !== effectKey(effect)) }, effect);

/** The attempts whose builds are still to be started. */
export const awaitedBuilds = ({ outbox }: Deployment): readonly number[] =>
  outbox.flatMap((effect) => (effect.type === "start_build" ? [effect.attempt] : []));

/** The attempts whose builds run, or may be started at any moment. */
export const occupiedBuilds = (deployment: Deployment): readonly number[] =>
  deployment.build?.running ? [...awaitedBuilds(deployment), deployment.build.attempt] : awaitedBuilds(deployment);

/** Releases the slot of a build that is over, or will never be started. Before all else: others wait for it. */
export function releaseSlots(before: Deployment, draft: Draft): Draft {
  const left = occupiedBuilds(draft);
  const over = occupiedBuilds(before).filter((attempt) => !left.includes(attempt));
  const next = over.reduce((each, attempt) => enqueueEffect(each, { type: "free_build_slot", attempt }), draft);
  const isFirst = (effect: Effect): boolean => effect.type === "free_build_slot";
  return { ...next, outbox: [...next.outbox.filter(isFirst), ...next.outbox.filter((effect) => !isFirst(effect))] };
}

/** Puts a sentence of Slipway's own into the log. Once the log is to be sealed it takes none: it would be lost without a word. */
export function say(draft: Draft, line: string): Draft {
  if (draft.enqueued.includes("seal_log")) return draft;
  const number = draft.lines + 1;
  return enqueueEffect({ ...draft, lines: number }, { type: "write_line", number, line });
}

/** Has the audit log say what somebody did, from the moment on in which it takes effect. */
export function record(draft: Draft, audit_action: AuditAction | undefined, now: string): Draft {
  if (audit_action === undefined) return draft;
  return enqueueEffect(draft, { type: "record_audit_entry", entry: entryOn(draft.id, audit_action, now) });
}

/** Enters a stage: progress, message, time-line and deadline with it. A stage that may not follow is not entered. */
export function enter(draft: Draft, stage: Stage, now: string, message = stageMessages[stage]): Draft {
  if (!mayFollow(draft.stage, stage)) return draft;
  const progress = stageFacts[stage].progress?.[0] ?? draft.progress;
  const seconds = stageSeconds(draft, stage);
  return {
    ...draft,
    stage,
    progress,
    message,
    started_at: draft.started_at ?? (stageFacts[stage].kind === "working" ? now : null),
    deadline_at: seconds === null ? null : plusSeconds(now, seconds),
    timeline: [...draft.timeline, { stage, entered_at: now, progress, message, version: draft.version }],
  };
}

/** Raises progress within a stage; never lowers it. */
export function progressTo(draft: Draft, progress: number): Draft {
  return progress > draft.progress ? { ...draft, progress } : draft;
}

/** Decides how it ends. The first decision stands; what still runs is stopped, and the end waits for that. */
export function end(draft: Draft, ending: Ending, now: string): Draft {
  if (draft.ending !== null || isTerminal(draft.stage)) return draft;
  const decided = abandonWhatWaits({ ...draft, ending, deadline_at: plusSeconds(now, finalizationSeconds) });
  return ending.stage === "success" ? decided : stopWhatRuns(decided);
}

/** A release of which nothing is known but that it may run. */
export const unknownRelease = {
  running: true,
  healthy: 0,
  traffic: 0,
  baking: false,
  alarm: null,
  trouble: null,
  started_at: null,
  finished: false,
} as const;

/** Effects that would start something are not carried out any more; one that may be half done is undone instead. */
function abandonWhatWaits(draft: Draft): Draft {
  const starting = draft.outbox.find((effect) => effect.type === "start_build");
  const releasing = isReleasing(draft);
  const kept = draft.outbox.filter(({ type }) => !isDroppedAtEnd[type]);
  return {
    ...draft,
    outbox: kept,
    build: starting ? { attempt: starting.attempt, id: null, running: true } : draft.build,
    release: releasing
      ? { ...unknownRelease, task_definition: null, load_balancer_url: null, started_at: mayHaveStartedAt(draft) }
      : draft.release,
  };
}

/** Until when a start of which nothing is known may have come through; `null`: none was begun that was not answered. */
const mayHaveStartedAt = ({ lease, start_taken_over_at }: Draft): string | null =>
  isStart(lease) ? lease.until : start_taken_over_at;

type Lease = Draft["lease"];

/** Whether somebody starts its release, or vanished in that. */
export const isStart = (lease: Lease): lease is NonNullable<Lease> => lease?.key.startsWith("start_release") ?? false;

function stopWhatRuns(draft: Draft): Draft {
  let next = draft;
  if (next.build?.running) next = enqueueEffect(next, { type: "stop_build", attempt: next.build.attempt });
  if (next.release_command?.running) next = enqueueEffect(next, { type: "stop_release_command" });
  if (next.release?.running) next = enqueueEffect(next, { type: "stop_release" });
  // ECS stops no service deployment that has succeeded.
  else if (next.release?.finished)
    next = enqueueEffect(next, { type: "stop_orphaned_release", task_definition: null, since: null });
  if (next.processes?.running) next = enqueueEffect(next, { type: "stop_processes" });
  if (isStopping(next)) next = { ...next, message: "Rolling back" };
  return next;
}

/** Begins finalization: once nothing runs any more, the last line is written and the log sealed. */
export function beginFinalization(draft: Draft): Draft {
  if (draft.ending === null || isTerminal(draft.stage) || draft.enqueued.includes("seal_log")) return draft;
  if (draft.build?.running || draft.release_command?.running) return draft;
  if (draft.release?.running || isStopping(draft)) return draft;
  const { ending } = draft;
  const recorded = ending.stage === "success" ? enqueueEffect(draft, { type: "record_release" }) : draft;
  // Once it has ended another may be released: a record that is made after that would be wrong.
  if (isWaitingFor(recorded, "record_release")) return recorded;
  const where = ending.failed_stage === null ? "" : ` in ${ending.failed_stage}`;
  const last = ending.stage === "failed" ? `Deployment failed${where}: ${ending.message}` : ending.message;
  return enqueueEffect(say(withOutput(recorded), last), { type: "seal_log" });
}

/** Of a release that failed the log has what the app itself printed. */
const withOutput = (draft: Draft): Draft =>
  draft.ending?.stage === "failed" &&
  draft.ending.failed_stage === "deploying" &&
  (wasReleasing(draft) || draft.processes !== null)
    ? enqueueEffect(draft, { type: "write_output" })
    : draft;

/** What is being stopped may still be starting, until the stop itself was carried out; unless that takes too long. */
const isStopping = (draft: Draft): boolean =>
  draft.deadline_at !== null && draft.outbox.some(({ type }) => stopping.includes(type));

const stopping: readonly Effect["type"][] = ["stop_release", "stop_orphaned_release", "stop_processes"];

/** Writes the terminal stage. Only called when the log is sealed. */
export function finish(draft: Draft, now: string): Draft {
  const { ending } = draft;
  if (ending === null || isTerminal(draft.stage)) return draft;
  const failed = ending.stage === "failed";
  const ended = enter(draft, ending.stage, now, ending.message);
  const done: Draft = {
    ...ended,
    error_message: failed ? ending.message : null,
    error_code: ending.error_code,
    exit_code: ending.exit_code,
    failed_stage: ending.failed_stage,
    finished_at: now,
    log_complete: true,
  };
  const left = enqueueEffect(done, { type: "leave_lane" });
  const withImages = ending.stage === "success" ? enqueueEffect(left, { type: "forget_images" }) : left;
  // It may have been the last one that named some, or, as a release, have replaced it.
  const tidied = enqueueEffect(withImages, { type: "forget_secrets" });
  const mayRun = wasReleasing(draft) || draft.processes !== null;
  const isToBeConfirmed = ending.stage === "success" ? draft.start_taken_over_at !== null : mayRun;
  return isToBeConfirmed ? enqueueEffect(tidied, { type: "confirm_stopped" }) : tidied;
}

const wasReleasing = ({ enqueued }: Draft): boolean => enqueued.includes("start_release");

/** Finalizes the next version of the row for its conditional write (optimistic concurrency): what viewers see is compared, and the next poll is set. */
export function finalize(before: Deployment, draft: Draft, now: string): Deployment {
  const open = isOpen(draft);
  const next = open ? (draft.next_poll_at ?? plusSeconds(now, pollSeconds(draft.stage))) : null;
  const due = draft.stage !== before.stage && next !== null ? duePoll(before, draft.stage, next, now) : next;
  const visible = visibleOf(before) !== visibleOf(draft);
  return { ...draft, next_poll_at: due, status_version: visible ? draft.version : before.status_version };
}

/** When a stage that is entered is polled first: by the poll that is on its way, if that comes in time. Who asks for a deployment sends none. */
function duePoll(before: Deployment, stage: Stage, next: string, now: string): string {
  const wanted = plusSeconds(now, pollSeconds(stage));
  return before.stage !== "pending" && next > now && next < wanted ? next : wanted;
}

const visibleOf = (deployment: Deployment): string =>
  JSON.stringify([
    deployment.stage,
    deployment.progress,
    deployment.message,
    deployment.error_message,
    deployment.rolled_back,
  ]);
