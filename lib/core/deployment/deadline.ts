import { stageFacts } from "@slipway/monitor/stages";
import { steadySeconds } from "../app-status.ts";
import { isTerminal, type OpenStage, type Stage } from "../stage.ts";
import { plusSeconds, secondsBetween } from "../time.ts";
import { bakeSeconds } from "./bake.ts";
import type { Deployment } from "./deployment.ts";

const minute = 60;

/** What releases need beyond all that an app's settings make them wait: making the load balancer, pulling images, moving traffic. */
const releaseMargin = 10 * minute;
/** What starting a release command may take. */
const commandMarginMinutes = 10;

/** What starting the processes of one order may take beyond the time for which they are to run. */
const processMargin = 4 * minute;

type ReleaseSettings = Pick<
  Deployment["settings"],
  "strategy" | "startup_seconds" | "stop_seconds" | "release_command" | "release_command_minutes" | "processes"
>;

/** All that makes a release wait, each by its name. Whatever is added here moves the deadline of `deploying`. */
const releaseWaits = (settings: ReleaseSettings): Readonly<Record<string, number>> => ({
  startup: settings.startup_seconds,
  bake: bakeSeconds(settings.strategy),
  stop: settings.stop_seconds,
  // To its deadline comes the time that ECS may take until it runs.
  command: settings.release_command === null ? 0 : (settings.release_command_minutes + commandMarginMinutes) * minute,
  processes: processSeconds(settings),
});

/** Those of one order start at the same time, and run beside the ones that they replace until these have stopped. */
function processSeconds({ processes, stop_seconds }: ReleaseSettings): number {
  const orders = new Set(processes.map(({ order }) => order)).size;
  const longest = Math.max(0, ...processes.map((one) => one.stop_seconds ?? stop_seconds));
  return orders * (steadySeconds + longest + processMargin);
}

/** Seconds that `deploying` may take: the sum of what makes it wait, and ten minutes. */
const deployingSeconds = (settings: ReleaseSettings): number =>
  Object.values(releaseWaits(settings)).reduce((sum, seconds) => sum + seconds, releaseMargin);

type DeadlineSettings = ReleaseSettings & Pick<Deployment["settings"], "approval_expiry_minutes">;

const openStageSeconds: Readonly<Record<OpenStage, (settings: DeadlineSettings) => number>> = {
  pending: () => 24 * 60 * minute,
  cloning: () => 15 * minute,
  building: () => 60 * minute,
  awaiting_approval: (settings) => settings.approval_expiry_minutes * minute,
  deploying: deployingSeconds,
};

/** Seconds that a deployment may stay in a stage. `null`: terminal stages last. */
export const stageSeconds = ({ settings }: { readonly settings: DeadlineSettings }, stage: Stage): number | null =>
  isTerminal(stage) ? null : openStageSeconds[stage](settings);

/** Seconds that stopping a build or putting the earlier release back may take. */
export const finalizationSeconds = 10 * minute;

/** The sweep sends a lost poll again within a minute and a half. One that is later than this: nobody polled, or the clock jumped. */
const lateSeconds = 3 * minute;

/** Whether a poll comes at another time than it can, in either direction. */
export const isFarOff = (due: string, now: string): boolean =>
  Math.max(secondsBetween(due, now), secondsBetween(now, due)) > lateSeconds;

/**
 * The deadline as it is to be judged at a poll that was `due`. The time in which nobody polled does not count, but for people:
 * a machine that slept, or a clock that jumped ahead, must not fail what goes on well. A deadline that lies further ahead
 * than any can was set under a clock that was wrong, and counts from now.
 */
export function judgedDeadline(
  { deadline_at, stage, settings, ending }: Pick<Deployment, "deadline_at" | "stage" | "settings" | "ending">,
  due: string,
  now: string,
): string | null {
  if (deadline_at === null) return null;
  const late = secondsBetween(due, now);
  const isPeoples = stage === "awaiting_approval" && ending === null;
  const moved = late > lateSeconds && !isPeoples ? plusSeconds(deadline_at, late) : deadline_at;
  const latest = plusSeconds(now, (ending === null ? stageSeconds({ settings }, stage) : null) ?? finalizationSeconds);
  return moved < latest ? moved : latest;
}

/**
 * The deadline of one that waits behind others, each of which has a deadline of its own: it begins anew as long as it is
 * notified that it waits, and passes only where nobody notifies it any more.
 */
export function waitingDeadline(
  { deadline_at, stage, settings }: Pick<Deployment, "deadline_at" | "stage" | "settings">,
  now: string,
): string | null {
  const seconds = stageSeconds({ settings }, stage);
  if (seconds === null) return deadline_at;
  const isFar = deadline_at !== null && deadline_at > plusSeconds(now, seconds / 2);
  return isFar ? deadline_at : plusSeconds(now, seconds);
}

/** Seconds until the next poll: more often while traffic shifts. */
export function pollSeconds(stage: Stage): number {
  return stage === "deploying" ? 5 : 15;
}

/**
 * Whoever ends that it waits for others, or for people, wakes it: a poll only finds what was lost. A Git server wakes nobody.
 */
const isAwaiting = ({ stage, outbox }: Pick<Deployment, "stage" | "outbox">): boolean =>
  stageFacts[stage].kind === "waiting" && !outbox.some(({ type }) => type === "resolve_commit");

/** The longest time between two polls, in seconds. */
export const longestPollSeconds = 120;

/**
 * When it is polled next after a poll. What waits for others is polled less and less often, since a thousand of them would
 * keep the worker from all else; no deadline passes in between.
 */
export function nextPollAt(
  deployment: Pick<Deployment, "stage" | "timeline" | "deadline_at" | "outbox">,
  now: string,
): string {
  const { stage, timeline, deadline_at } = deployment;
  const waited = secondsBetween(timeline.at(-1)?.entered_at ?? now, now);
  const rarely = Math.min(longestPollSeconds, Math.round(waited / 4));
  const next = plusSeconds(now, Math.max(pollSeconds(stage), isAwaiting(deployment) ? rarely : 0));
  return deadline_at !== null && deadline_at > now && deadline_at < next ? deadline_at : next;
}

/** `15 minutes`, `24 hours`, `11 minutes 30 seconds`: as a sentence says it. */
export function inWords(seconds: number): string {
  const minutes = Math.floor(seconds / minute);
  const rest = Math.round(seconds % minute);
  if (minutes >= 120 && minutes % 60 === 0 && rest === 0) return `${minutes / 60} hours`;
  const parts = [counted(minutes, "minute"), counted(rest, "second")].filter((part) => part !== null);
  return parts.length === 0 ? "0 minutes" : parts.join(" ");
}

const counted = (count: number, unit: string): string | null =>
  count === 0 ? null : `${count} ${unit}${count === 1 ? "" : "s"}`;
