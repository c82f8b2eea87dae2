import { type Process, type ProcessOrder, processOrderSchema, type Settings } from "../app.ts";
import { isSteady, steadySeconds } from "../app-status.ts";
import { isTerminal, stageMessages } from "../stage.ts";
import { plusSeconds } from "../time.ts";
import { stageSeconds } from "./deadline.ts";
import {
  completeEffect,
  type Draft,
  end,
  enqueueAgain,
  enqueueEffect,
  type Handled,
  isWaitingFor,
  say,
} from "./draft.ts";
import { endingWithoutError, fail, joined } from "./ending.ts";
import type { EventOf, ProcessSeen } from "./event.ts";
import { mayBeUnseen } from "./unseen.ts";

type WithProcesses = Pick<Settings, "processes">;

/** The processes beside `web` that start at one of these times. */
export const processesOf = ({ processes }: WithProcesses, orders: readonly ProcessOrder[]): readonly Process[] =>
  processes.filter(({ order }) => orders.includes(order));

/** Whether a release waits, before it gets traffic, until processes of it run. */
export const awaitsProcesses = (settings: WithProcesses): boolean => processesOf(settings, ["after"]).length > 0;

/** The names of those that are to run by now. */
export const begunProcesses = ({ settings, processes }: Pick<Draft, "settings" | "processes">): readonly string[] =>
  processesOf(settings, processes?.begun ?? []).map(({ name }) => name);

/** The names of those that were begun last. */
const lastBegun = ({ settings, processes }: Pick<Draft, "settings" | "processes">): readonly string[] =>
  processesOf(settings, processes?.begun.slice(-1) ?? []).map(({ name }) => name);

/** As often as tasks of a process may end before the release fails, or half as often as there are to be tasks: as ECS's circuit breaker has it. */
const mostFailures = (desired: number): number => Math.max(3, Math.ceil(desired / 2));

const list = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

/** The processes whose time is before the new version of `web` is started come first. */
export const beginRelease = (draft: Draft): Draft =>
  processesOf(draft.settings, ["before"]).length > 0
    ? startProcesses(draft, ["before"])
    : enqueueEffect(draft, { type: "start_release" });

/** What people read while processes are awaited. */
export function processesMessage({ settings, processes }: Draft): string {
  const names = lastBegun({ settings, processes });
  const waiting = `Waiting until ${list(names)} ${names.length === 1 ? "has" : "have"} run for ${steadySeconds} s`;
  return processes?.trouble ?? waiting;
}

/** Has the processes of these orders started, beside those that were begun. */
export function startProcesses(draft: Draft, orders: readonly ProcessOrder[]): Draft {
  const begun = [...new Set([...(draft.processes?.begun ?? []), ...orders])];
  const processes = {
    running: true,
    begun,
    ready: false,
    started_at: null,
    task_definitions: draft.processes?.task_definitions ?? {},
    trouble: null,
    failed: null,
  };
  const names = processesOf(draft.settings, orders).map(({ name }) => name);
  const begins = say({ ...draft, processes }, `Starting ${list(names)}.`);
  return enqueueAgain({ ...begins, message: processesMessage(begins) }, { type: "start_processes" });
}

export function processesStarted(
  draft: Draft,
  { task_definitions }: EventOf<"processes_started">,
  now: string,
): Handled {
  if (draft.ending !== null) return orphanedProcesses(draft, now);
  if (!draft.processes || !isWaitingFor(draft, "start_processes")) return "the processes were started";
  const known = { ...draft.processes.task_definitions, ...task_definitions };
  return {
    ...completeEffect(draft, "start_processes"),
    processes: { ...draft.processes, started_at: now, task_definitions: known },
  };
}

/** Somebody's start of them came through after the end was decided, and maybe after what ran was taken back. */
export function orphanedProcesses(draft: Draft, now: string): Handled {
  if (draft.ending?.stage === "success" || draft.stage === "success") return "they are live";
  if (draft.processes === null) return "it has no processes";
  const started = { ...draft, processes: { ...draft.processes, running: true, started_at: now } };
  return isWaitingFor(draft, "stop_processes") ? started : enqueueAgain(started, { type: "stop_processes" });
}

/** What there was before runs again, and nothing of this deployment. */
export function processesStopped(draft: Draft): Draft {
  const { processes, ending, live_before } = draft;
  return {
    ...completeEffect(draft, "stop_processes"),
    processes: processes && { ...processes, running: false },
    // What a terminal stage said is final.
    rolled_back: draft.rolled_back || (!isTerminal(draft.stage) && ending !== null && live_before !== null),
  };
}

export function processesRefused(draft: Draft, message: string, now: string): Handled {
  if (!isWaitingFor(draft, "start_processes")) return "no processes were to be started";
  return fail(draft, "release_refused", message, now);
}

/** What ECS shows of the processes that are to run by now. */
export function processesSeen(
  draft: Draft,
  { asked, processes: seen }: EventOf<"processes_seen">,
  now: string,
): Handled {
  const { processes } = draft;
  if (!processes?.running || draft.ending !== null) return "no processes are to run";
  if (isWaitingFor(draft, "start_processes")) return "the processes are being started";
  const known = new Map(seen.map((one) => [one.name, one]));
  if (begunProcesses(draft).some((name) => !known.has(name))) return "it was asked before others were started";
  const noted = troubled(withDefinitions(draft, seen), seen);
  const failed = seen.find(({ failures, desired }) => failures >= mostFailures(desired));
  if (failed !== undefined) return processFailed(noted, failed, now);
  const strays = seen.filter(({ task_definition }) => task_definition === null).map(({ name }) => name);
  if (strays.length > 0) return mayBeUnseen(processes.started_at, now) ? noted : startAgain(noted, strays);
  // What was seen of an earlier version of the row may have been replaced since.
  if (asked !== draft.version - 1) return noted;
  const runs = seen.every((one) => isRunning(one, now));
  if (runs) return processes.ready ? noted : processesReady(noted, now);
  // One ended since: it has to run for long enough again before the release is live.
  return { ...noted, processes: noted.processes && { ...noted.processes, ready: false } };
}

/** Whether a process runs what it is to run, for long enough, and nothing else. */
const isRunning = ({ desired, running_since, others }: ProcessSeen, now: string): boolean =>
  others === 0 && running_since.filter((since) => isSteady(since, now)).length >= desired;

function withDefinitions(draft: Draft, seen: readonly ProcessSeen[]): Draft {
  if (draft.processes === null) return draft;
  const found = seen.flatMap(({ name, task_definition: arn }) => (arn === null ? [] : [[name, arn] as const]));
  const task_definitions = { ...draft.processes.task_definitions, ...Object.fromEntries(found) };
  return { ...draft, processes: { ...draft.processes, task_definitions } };
}

function troubled(draft: Draft, seen: readonly ProcessSeen[]): Draft {
  if (draft.processes === null) return draft;
  const trouble = seen.find((one) => one.trouble !== null)?.trouble ?? null;
  const isFirst = trouble !== null && draft.processes.trouble === null;
  return { ...(isFirst ? say(draft, trouble) : draft), processes: { ...draft.processes, trouble } };
}

/** Somebody else's start of them, or of an earlier release, came after. */
const startAgain = (draft: Draft, names: readonly string[]): Draft =>
  enqueueAgain(
    say(
      { ...draft, processes: draft.processes && { ...draft.processes, ready: false } },
      `ECS runs another version of ${list(names)}. Starting it again.`,
    ),
    { type: "start_processes" },
  );

function processFailed(draft: Draft, { name, failures, exit_code, trouble, printed }: ProcessSeen, now: string): Draft {
  const failed = { ...draft, processes: draft.processes && { ...draft.processes, failed: name } };
  const ended = `The process ${name} keeps ending: ${failures} of its tasks ended, the last with exit code ${exit_code}. It has to run until it is stopped. Fix it and deploy again.`;
  const why =
    exit_code === null
      ? `The process ${name} does not start. ${trouble ?? "ECS gives no reason. Check the events of its service in ECS, then deploy again."}`
      : ended;
  return fail(failed, "release_failed", joined(why, printed ?? "It printed nothing."), now, exit_code);
}

/** They run: what waited for that goes on. */
function processesReady(draft: Draft, now: string): Draft {
  // Those that were begun before are known to run.
  const names = lastBegun(draft);
  const ready = say(
    { ...draft, processes: draft.processes && { ...draft.processes, ready: true } },
    `${list(names)} ${names.length === 1 ? "runs" : "run"}.`,
  );
  if (draft.release?.finished) return succeed(ready, now);
  if (draft.enqueued.includes("start_release")) return ready;
  return enqueueEffect({ ...ready, message: stageMessages.deploying }, { type: "start_release" });
}

const succeed = (draft: Draft, now: string): Draft =>
  end(draft, endingWithoutError("success", "Deployment succeeded"), now);

/**
 * ECS has released `web` to the end. It is live once all processes run as well: they may not where it got through although
 * it was to be stopped, or where somebody else ended its pause.
 */
export function releasedToTheEnd(draft: Draft, wasEnding: boolean, now: string): Draft {
  const orders = processOrderSchema.options.filter((order) => processesOf(draft.settings, [order]).length > 0);
  const isBegun = orders.every((order) => draft.processes?.begun.includes(order));
  const wasStopped = draft.enqueued.includes("stop_processes");
  if (orders.length === 0 || (draft.processes?.ready && isBegun && !wasStopped)) return succeed(draft, now);
  // They are awaited.
  if (isBegun && !wasStopped) return draft;
  const kept = completeEffect(draft, "stop_processes");
  const seconds = stageSeconds(draft, "deploying");
  const again = {
    ...kept,
    enqueued: kept.enqueued.filter((key) => key !== "stop_processes"),
    deadline_at: wasEnding && seconds !== null ? plusSeconds(now, seconds) : draft.deadline_at,
  };
  return startProcesses(again, orders);
}
