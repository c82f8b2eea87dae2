import { releaseProgress, stageMessages } from "../stage.ts";
import type { Ending } from "./deployment.ts";
import {
  completeEffect,
  type Draft,
  end,
  enqueueAgain,
  enqueueEffect,
  type Handled,
  isWaitingFor,
  progressTo,
  say,
} from "./draft.ts";
import { endingWithoutError, fail, joined } from "./ending.ts";
import type { ReleaseSeen } from "./event.ts";
import { isHeld } from "./lease.ts";
import { shiftsTraffic, trafficLines, trafficMessage } from "./traffic.ts";

/** What ECS shows of the release that runs. */
export function releaseSeen(draft: Draft, seen: ReleaseSeen, now: string): Handled {
  if (draft.release === null || !draft.release.running) return "no release runs";
  if (isStarting(draft, now) && (seen.state === "failed" || seen.state === "displaced"))
    return "a start of it is under way: what it leads to is not to be seen yet";
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
  const hindered = seen.trouble ?? (draft.release.trouble === null ? moved.message : stageMessages.deploying);
  const message = seen.paused ? "Checking the new version" : hindered;
  const going = progressTo({ ...moved, message }, releaseProgress(seen));
  return seen.paused && draft.settings.strategy.smoke_check ? enqueueEffect(going, { type: "check_release" }) : going;
}

/** Whether somebody is at a start of it: a stop may have been requested meanwhile, and the start succeeds all the same. */
const isStarting = ({ lease }: Draft, now: string): boolean =>
  (lease?.key.startsWith("start_release") ?? false) && isHeld(lease, now);

/** Where it was started twice, ECS runs the later start: that one counts from here on, with a check of its own. */
function follow(draft: Draft, release: NonNullable<Draft["release"]>, taskDefinition: string | null): Draft {
  if (taskDefinition === null || taskDefinition === release.task_definition) return draft;
  const followed = { ...draft, release: { ...release, task_definition: taskDefinition } };
  if (release.task_definition === null) return followed;
  return say(
    { ...followed, enqueued: followed.enqueued.filter((key) => key !== "check_release") },
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
  return enqueueAgain({ ...again, release: null }, { type: "start_release", attempt: starts + 1 });
}

/** Logs how the traffic moved, where the strategy moves it. */
function shifted(draft: Draft, { traffic, baking }: ReleaseSeen): Draft {
  const { strategy } = draft.settings;
  if (draft.release === null || !shiftsTraffic(strategy)) return draft;
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
  const stopped = { ...draft, release: draft.release && { ...draft.release, running: false, healthy: seen.healthy } };
  const live = { ...stopped, ending: null, outbox: stopped.outbox.filter((effect) => effect.type !== "stop_release") };
  return end(progressTo(live, 99), endingWithoutError("success", "Deployment succeeded"), now);
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
  const reason = seen.reason ?? "The new version did not become healthy.";
  return fail(cleared, "release_failed", reason, now, seen.exit_code);
}

/** A deadline or a smoke check ended it before anybody had asked for its output. */
const withOutput = (ending: Ending, printed: string | null): Ending =>
  ending.stage === "failed" ? { ...ending, message: joined(ending.message, printed) } : ending;
