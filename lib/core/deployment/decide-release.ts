import { tasksOf } from "../app.ts";
import { releaseProgress, stageMessages } from "../stage.ts";
import { commandMessage } from "./decide-command.ts";
import {
  awaitsProcesses,
  beginRelease,
  processesMessage,
  releasedToTheEnd,
  startProcesses,
} from "./decide-processes.ts";
import { type Ending, runsReleaseCommand } from "./deployment.ts";
import {
  completeEffect,
  completeStart,
  type Draft,
  enqueueAgain,
  enqueueEffect,
  enter,
  type Handled,
  isReleasing,
  isStart,
  isWaitingFor,
  progressTo,
  say,
  unknownRelease,
} from "./draft.ts";
import { effectKey } from "./effect.ts";
import { fail, joined } from "./ending.ts";
import type { EventOf, ReleaseSeen, ReleaseStarted } from "./event.ts";
import { isHeld } from "./lease.ts";
import { shiftsTraffic, trafficLines, trafficMessage } from "./traffic.ts";
import { mayBeUnseen } from "./unseen.ts";

/** What ECS shows of the release that runs. */
export function releaseSeen(draft: Draft, seen: ReleaseSeen, now: string): Handled {
  if (draft.release === null || !draft.release.running) return "no release runs";
  if (isStarting(draft, now) && ["failed", "displaced", "absent"].includes(seen.state))
    return "a start of it is under way: what it leads to is not to be seen yet";
  if (seen.state === "absent")
    return isAwaited(draft, draft.release, now) ? "ECS may not show it yet" : gone(draft, seen, now);
  if (seen.state === "displaced") return displaced(draft, now);
  const followed = follow(draft, draft.release, seen.task_definition ?? null);
  const checked = seen.traffic > 0 && isWaitingFor(followed, "check_release") ? passCheck(followed) : followed;
  const counted = { ...checked, release: { ...draft.release, ...checked.release, healthy: seen.healthy } };
  const known = troubled(alarmed(counted, seen), seen);
  // Of a release that is gone nobody knows where the traffic went.
  const moved = seen.state === "failed" && !seen.restored ? known : shifted(known, seen);
  if (seen.state === "failed") return releaseFailed(moved, seen, now);
  // Whoever is at it may take away what came to its end a moment ago: once they are done, a poll says what is left.
  const isBeingStopped = draft.lease?.key === "stop_release" && isHeld(draft.lease, now);
  if (seen.state === "succeeded") return isBeingStopped ? moved : succeeded(moved, seen, now);
  if (seen.state === "rolling_back") return { ...moved, message: "Rolling back" };
  if (draft.ending !== null) return moved;
  // ECS would try twice more, and wait as long each time.
  if (seen.unhealthy !== null) return fail(moved, "release_failed", seen.unhealthy, now);
  if (seen.paused) return progressTo(whilePaused(moved), releaseProgress(seen));
  const message = seen.trouble ?? (draft.release.trouble === null ? moved.message : stageMessages.deploying);
  return progressTo({ ...moved, message }, releaseProgress(seen));
}

/** Healthy and without traffic: its smoke check comes first, then the processes that wait for it. Once these run it goes on. */
function whilePaused(draft: Draft): Draft {
  const { settings, enqueued, processes } = draft;
  const isUnchecked = settings.strategy.smoke_check !== undefined && !enqueued.includes("check_release");
  const checking = isUnchecked ? enqueueEffect(draft, { type: "check_release" }) : draft;
  if (isWaitingFor(checking, "check_release") || !awaitsProcesses(settings))
    return { ...checking, message: "Checking the new version" };
  if (!processes?.begun.includes("after")) return startProcesses(draft, ["after"]);
  if (!processes.ready) return { ...draft, message: processesMessage(draft) };
  return enqueueEffect(draft, { type: "resume_release" });
}

/** What is asked of each start of a release by itself. */
const perStart: readonly string[] = ["check_release", "resume_release"];

const withoutPerStart = (draft: Draft): Draft => ({
  ...draft,
  outbox: draft.outbox.filter((effect) => !perStart.includes(effectKey(effect))),
  enqueued: draft.enqueued.filter((key) => !perStart.includes(key)),
});

/** Whether somebody is at a start of it: a stop may have been requested meanwhile, and the start succeeds all the same. */
const isStarting = ({ lease }: Draft, now: string): boolean => isStart(lease) && isHeld(lease, now);

/** What was stopped is gone once ECS shows none; what is still to be stopped may only not be shown yet. */
const isAwaited = (draft: Draft, release: NonNullable<Draft["release"]>, now: string): boolean =>
  mayBeUnseen(release.started_at, now) && (draft.ending === null || isWaitingFor(draft, "stop_release"));

/** Nothing of it runs, and nothing else is known. */
const gone = (draft: Draft, seen: ReleaseSeen, now: string): Handled =>
  releaseSeen(draft, { ...seen, state: "failed" }, now);

/** Where it was started twice, ECS runs the later start: that one counts from here on, with a check of its own. */
function follow(draft: Draft, release: NonNullable<Draft["release"]>, taskDefinition: string | null): Draft {
  if (taskDefinition === null || taskDefinition === release.task_definition) return draft;
  const followed = { ...draft, release: { ...release, task_definition: taskDefinition } };
  if (release.task_definition === null) return followed;
  return say(
    withoutPerStart(followed),
    "It was started twice. ECS runs the later start, and this deployment follows that one.",
  );
}

const mostStarts = 3;

/** Somebody else's release took its place, such as one that was started late by a worker believed dead and is being stopped. */
function displaced(draft: Draft, now: string): Handled {
  const stopped = { ...draft, release: draft.release && { ...draft.release, running: false } };
  if (draft.ending !== null) return completeEffect(stopped, "stop_release");
  const starts = draft.enqueued.filter((key) => key.startsWith("start_release")).length;
  if (starts >= mostStarts)
    return fail(
      stopped,
      "release_displaced",
      "Other releases of its service kept replacing this one. Check what else changes the service in ECS, then deploy again.",
      now,
    );
  const again = say(stopped, "Another release of the service replaced this one. Starting it again.");
  return enqueueAgain({ ...withoutPerStart(again), release: null }, { type: "start_release", attempt: starts + 1 });
}

/** Logs how the traffic moved, where the strategy moves it. */
function shifted(draft: Draft, { traffic, baking }: ReleaseSeen): Draft {
  const { strategy } = draft.settings;
  if (draft.release === null || !(shiftsTraffic(strategy) || awaitsProcesses(draft.settings))) return draft;
  const lines = trafficLines(strategy, draft.release, { traffic, baking });
  const next = lines.reduce(say, { ...draft, release: { ...draft.release, traffic, baking } });
  return next.ending === null ? { ...next, message: trafficMessage({ traffic, baking }) ?? next.message } : next;
}

/** It has traffic, or its check says that it may: nobody but the worker lets a release go on. */
function passCheck(draft: Draft): Draft {
  const { path = "", expect_status = 200 } = draft.settings.strategy.smoke_check ?? {};
  return say(completeEffect(draft, "check_release"), `The smoke check passed: GET ${path} answered ${expect_status}.`);
}

/** The smoke check has an answer; `wrong` says what is wrong with it. */
export function releaseChecked(draft: Draft, wrong: string | null, now: string): Handled {
  const check = draft.settings.strategy.smoke_check;
  if (!isWaitingFor(draft, "check_release") || check === undefined) return "no check was asked for";
  if (wrong === null) return passCheck(draft);
  const message = `The smoke check of the new version failed: GET ${check.path} should answer ${check.expect_status}, but ${wrong}. It got no traffic. Fix it and deploy again.`;
  return fail(completeEffect(draft, "check_release"), "smoke_check_failed", message, now);
}

/** Reported as soon as it is seen: going back takes a while, and the alarm may be silent when that is over. */
function alarmed(draft: Draft, { alarm }: ReleaseSeen): Draft {
  if (draft.release === null || draft.release.alarm !== null || alarm === null) return draft;
  const next = draft.ending === null ? say(draft, `${alarm} Rolling back to the earlier version.`) : draft;
  return { ...next, release: { ...draft.release, alarm } };
}

/** What keeps it from starting is logged when it is seen first: quotas and capacity may take longer than a deployment may. */
function troubled(draft: Draft, { state, trouble }: ReleaseSeen): Draft {
  if (draft.release === null || state !== "in_progress") return draft;
  const isNew = trouble !== null && draft.release.trouble === null && draft.ending === null;
  return { ...(isNew ? say(draft, trouble) : draft), release: { ...draft.release, trouble } };
}

/** Of what is to be stopped counts only what was asked of the very row that is there: it may have been taken away since then. */
const succeeded = (draft: Draft, seen: ReleaseSeen, now: string): Handled =>
  draft.ending !== null && seen.asked !== undefined && seen.asked !== draft.version - 1
    ? "it was seen before it was stopped"
    : released(draft, seen, now);

/** It may be live although it was to be stopped: what is true is reported. */
function released(draft: Draft, seen: ReleaseSeen, now: string): Draft {
  const release = draft.release && { ...draft.release, running: false, finished: true, healthy: seen.healthy };
  const outbox = draft.outbox.filter((effect) => effect.type !== "stop_release");
  return releasedToTheEnd(progressTo({ ...draft, release, ending: null, outbox }, 99), draft.ending !== null, now);
}

function releaseFailed(draft: Draft, seen: ReleaseSeen, now: string): Draft {
  const stopped: Draft = {
    ...draft,
    rolled_back: seen.restored,
    release: draft.release && { ...draft.release, running: false },
  };
  // Where nothing earlier serves, nothing half-alive may be left.
  const cleared = seen.restored
    ? completeEffect(stopped, "stop_release")
    : enqueueEffect(stopped, { type: "stop_release" });
  if (cleared.ending !== null) return { ...cleared, ending: withOutput(cleared.ending, seen.printed) };
  const alarm = cleared.release?.alarm ?? null;
  if (alarm !== null) return fail(cleared, "alarm_tripped", joined(alarm, seen.printed), now);
  const reason = seen.reason ?? "The new version did not become healthy. Check how the app starts, then deploy again.";
  return fail(cleared, "release_failed", reason, now, seen.exit_code);
}

/** A deadline or a smoke check ended it before anybody had asked for its output; why a release failed is told with it. */
const withOutput = (ending: Ending, printed: string | null): Ending =>
  ending.stage === "failed" && ending.error_code !== "release_failed"
    ? { ...ending, message: joined(ending.message, printed) }
    : ending;

/** The release command first, if there is one. What is put back or released again ran it when it was released. */
export function deploy(draft: Draft, now: string): Draft {
  const hasCommand = draft.settings.release_command !== null && runsReleaseCommand(draft);
  return hasCommand
    ? enqueueEffect(enter(draft, "deploying", now, commandMessage), { type: "number_release_command" })
    : beginRelease(enter(draft, "deploying", now));
}

export function imageRead(draft: Draft, { settings, lines }: EventOf<"image_read">): Handled {
  if (draft.image_settings !== null) return "the image was read before";
  return lines.reduce(say, { ...draft, image_settings: settings });
}

export function releaseStarted(draft: Draft, event: ReleaseStarted, now: string): Handled {
  if (draft.ending !== null) return orphanedRelease(draft, event.task_definition, now);
  // Which of two starts ECS runs is ECS's to say: the next poll follows that one.
  if (!isReleasing(draft)) return "the release is known";
  const { task_definition, load_balancer_url, url, note } = event;
  const { min, max } = tasksOf(draft.settings);
  const starting = `Starting ${min === max ? min : `${min} to ${max}`} of ${draft.settings.name}.`;
  const started = say(completeStart(draft), joined(starting, note));
  return { ...started, release: { ...unknownRelease, task_definition, load_balancer_url, started_at: now }, url };
}

export function orphanedRelease(draft: Draft, taskDefinition: string, now: string): Handled {
  if (draft.release?.task_definition === taskDefinition) return "the release is known";
  // Whatever of it runs is stopped then, also where ECS shows it late.
  if (isWaitingFor(draft, "stop_release"))
    return draft.release === null
      ? "the release is to be stopped"
      : { ...draft, release: { ...draft.release, task_definition: taskDefinition, started_at: now } };
  return enqueueEffect(draft, { type: "stop_orphaned_release", task_definition: taskDefinition, since: now });
}
