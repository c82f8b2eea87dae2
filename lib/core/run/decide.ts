import { leaseSeconds } from "../deployment/lease.ts";
import { plusSeconds, secondsBetween } from "../time.ts";
import { isOver, type Run, type RunStatus } from "./run.ts";

/** What ECS says of a task. */
export interface TaskSighting {
  readonly type: "seen";
  /** `absent`: ECS does not know it any more. */
  readonly state: "starting" | "running" | "stopped" | "absent";
  readonly exit_code: number | null;
  /** Why it stopped, where its exit code does not say it, as a sentence. */
  readonly reason: string | null;
}

/** Something that happened to a run. */
export type RunEvent =
  /** Somebody is about to have it started: nobody else does so at the same time. */
  | { readonly type: "starting" }
  | { readonly type: "started"; readonly task: string; readonly attempt: number }
  /** `again`: it may work later. */
  | { readonly type: "not_started"; readonly attempt: number; readonly message: string; readonly again: boolean }
  /** Nothing of it runs, although somebody may have begun to start it. */
  | { readonly type: "not_found" }
  | TaskSighting
  | { readonly type: "cancel_requested"; readonly by: string }
  | { readonly type: "polled"; readonly due: string }
  | { readonly type: "broken"; readonly message: string }
  /** Of a cron: another release is live by now, and it is to run in that one. */
  | ({ readonly type: "retargeted" } & Pick<Run, "deployment_id" | "task_definition" | "command" | "timeout_minutes">)
  /** Of a cron: an earlier run of it goes on, so this one is not started. */
  | { readonly type: "skipped"; readonly message: string }
  /** Of a cron: it cannot be started at its time. */
  | { readonly type: "missed"; readonly message: string }
  /** That it failed is on the event bus. */
  | { readonly type: "announced" };

export type RunDecision =
  | { readonly next: Run }
  /** Nothing is written. The reason is for the log. */
  | { readonly ignored: string };

const minute = 60;
/** Waiting for capacity, and for ECS to fetch the image. */
const startSeconds = 10 * minute;
const stopSeconds = 10 * minute;
/** Announcing takes less. */
const announceAgainSeconds = 30;

/** What is asked for, before anything of it happens. */
export type RunRequest = Pick<
  Run,
  | "id"
  | "app_id"
  | "deployment_id"
  | "process"
  | "command"
  | "trigger"
  | "actor"
  | "actor_id"
  | "timeout_minutes"
  | "task_definition"
> &
  Partial<Pick<Run, "cron" | "scheduled_at">>;

export const requestRun = (request: RunRequest, now: string): Run => ({
  cron: null,
  scheduled_at: null,
  ...request,
  status: "pending",
  message: "Waiting to start",
  exit_code: null,
  created_at: now,
  started_at: null,
  finished_at: null,
  cancel_requested_at: null,
  deadline_at: plusSeconds(now, startSeconds),
  attempt: 1,
  attempted_at: null,
  task: null,
  ending: null,
  next_poll_at: plusSeconds(now, 2),
  announce: false,
  version: 1,
});

/** What an event does to a run. Pure; what is illegal, outdated or repeated changes nothing. */
export function decideRun(run: Run, event: RunEvent, now: string): RunDecision {
  const draft = { ...run, version: run.version + 1 };
  const next = isOver(run) ? announcing(draft, event, now) : handle(draft, event, now);
  if (typeof next === "string") return { ignored: next };
  return { next: isOver(next) && !isOver(run) ? over(next, now) : next };
}

/** People are told of a command that nobody waited for. */
const over = (run: Run, now: string): Run => {
  const announce = run.trigger === "cron" && run.status === "failed";
  return {
    ...run,
    announce,
    next_poll_at: announce ? plusSeconds(now, announceAgainSeconds) : null,
    deadline_at: null,
  };
};

/** Of one that is over nothing changes but that it was announced. */
function announcing(run: Run, event: RunEvent, now: string): Run | string {
  if (!run.announce) return `it is over (${run.status})`;
  if (event.type === "announced") return { ...run, announce: false, next_poll_at: null };
  if (event.type === "polled" && run.next_poll_at === event.due)
    return { ...run, next_poll_at: plusSeconds(now, announceAgainSeconds) };
  return `it is over (${run.status})`;
}

function handle(run: Run, event: RunEvent, now: string): Run | string {
  switch (event.type) {
    case "starting":
      if (run.task !== null || run.ending !== null) return "it is not to be started";
      return isBeingStarted(run, now) ? "somebody is starting it" : { ...run, attempted_at: now };
    case "started":
      if (run.task !== null) return "its task is known";
      return event.attempt === run.attempt ? { ...run, task: event.task } : "another try is the present one";
    case "not_started":
      return notStarted(run, event, now);
    case "not_found":
      return notFound(run, now);
    case "seen":
      return seen(run, event, now);
    case "cancel_requested":
      if (run.cancel_requested_at !== null) return "cancelling was asked for before";
      return end({ ...run, cancel_requested_at: now }, "cancelled", `Cancelled by ${event.by}`, now);
    case "polled":
      return polled(run, event.due, now);
    case "broken":
      return end(run, "failed", event.message, now);
    case "retargeted":
      return retargeted(run, event, now);
    case "skipped":
      return mayBeStarted(run, now) ? finish(run, "cancelled", event.message, now) : "it may have been started";
    case "missed":
      return mayBeStarted(run, now) ? finish(run, "failed", event.message, now) : "it may have been started";
    case "announced":
      return "it is not over";
  }
}

function notStarted(
  run: Run,
  { attempt, message, again }: Extract<RunEvent, { type: "not_started" }>,
  now: string,
): Run | string {
  if (run.task !== null || attempt !== run.attempt) return "another try is the present one";
  if (run.ending !== null) return finish(run, run.ending.status, run.ending.message, now);
  if (!again) return finish(run, "failed", message, now);
  return { ...run, attempt: attempt + 1, attempted_at: null, message };
}

/** Nobody has begun to start it, or whoever did is long gone. */
const mayBeStarted = (run: Run, now: string): boolean =>
  run.task === null && run.ending === null && !isBeingStarted(run, now);

/** A new attempt: what was asked of ECS for the one before named another release. */
function retargeted(
  run: Run,
  { type: _, ...target }: Extract<RunEvent, { type: "retargeted" }>,
  now: string,
): Run | string {
  if (!mayBeStarted(run, now)) return "it may have been started";
  return { ...run, ...target, attempt: run.attempt + 1, attempted_at: null };
}

function notFound(run: Run, now: string): Run | string {
  if (run.task !== null || run.ending === null) return "its task is known, or waited for";
  if (isBeingStarted(run, now)) return "somebody may be starting it";
  return finish(run, run.ending.status, run.ending.message, now);
}

/** Whoever is about to start it is alone with that, for longer than a worker lives. */
const isBeingStarted = ({ attempted_at }: Run, now: string): boolean =>
  attempted_at !== null && Math.abs(secondsBetween(attempted_at, now)) < leaseSeconds;

function seen(run: Run, { state, exit_code, reason }: TaskSighting, now: string): Run | string {
  if (run.task === null) return "its task is not known";
  if (state === "starting") return "it is still starting";
  if (state === "running") {
    if (run.status === "running") return "it runs";
    const deadline_at = run.ending === null ? plusSeconds(now, run.timeout_minutes * minute) : run.deadline_at;
    return { ...run, status: "running", message: "Running", started_at: now, deadline_at };
  }
  const ended = {
    ...run,
    started_at: run.started_at ?? (state === "stopped" && exit_code !== null ? now : null),
    exit_code,
  };
  if (run.ending !== null) return finish(ended, run.ending.status, run.ending.message, now);
  if (state === "absent") return finish(ended, "failed", "ECS does not know its task any more. Run it again.", now);
  if (exit_code === 0) return finish(ended, "succeeded", "Exited with code 0", now);
  const message =
    exit_code === null ? (reason ?? "The task stopped without an exit code.") : `Exited with code ${exit_code}`;
  return finish(ended, "failed", exit_code !== null && reason !== null ? `${message}: ${reason}` : message, now);
}

function polled(run: Run, due: string, now: string): Run | string {
  if (run.next_poll_at !== due) return "an outdated poll";
  const next = { ...run, next_poll_at: plusSeconds(now, pollSeconds(run, now)) };
  if (run.deadline_at === null || run.deadline_at > now) return next;
  // It was not confirmed to have stopped: it is not waited for.
  if (run.ending !== null) return finish(next, run.ending.status, run.ending.message, now);
  const words =
    run.status === "running"
      ? `It ran longer than ${run.timeout_minutes} minutes, and was stopped.`
      : `It did not start within ${startSeconds / minute} minutes. ${run.message}`;
  return end(next, "failed", words, now);
}

/** Seconds until the next poll: often while somebody is likely to watch. */
function pollSeconds({ created_at }: Run, now: string): number {
  const age = secondsBetween(created_at, now);
  if (age < 2 * minute) return 2;
  return age < 30 * minute ? 5 : 15;
}

/** Decides how it ends. What nobody began to start is over at once; otherwise its task stops first. */
function end(run: Run, status: "failed" | "cancelled", message: string, now: string): Run | string {
  if (run.ending !== null) return "its end is decided";
  if (run.task === null && run.attempted_at === null) return finish(run, status, message, now);
  return { ...run, ending: { status, message }, message: "Stopping", deadline_at: plusSeconds(now, stopSeconds) };
}

const finish = (run: Run, status: RunStatus, message: string, now: string): Run => ({
  ...run,
  status,
  message,
  finished_at: now,
});
