import type { AuditEntry } from "../access/audit.ts";
import type { Logger } from "../logger.ts";
import { noticedRun } from "../notice/run.ts";
import type { WorkQueue } from "../ports/infrastructure.ts";
import type { Runs } from "../ports/runs.ts";
import { conflict, type RetryDeps, retryOnConflict } from "../retry-on-conflict.ts";
import { decideRun, type RunEvent } from "../run/decide.ts";
import { isOver, type Run } from "../run/run.ts";
import { isTerminal } from "../stage.ts";
import { secondsBetween } from "../time.ts";
import { insteadOfStart } from "./cron-start.ts";
import type { WorkerDeps } from "./deps.ts";
import type { LostPolls } from "./lost-polls.ts";

/** What it takes to let something happen to a run. */
export interface ApplyRunDeps extends RetryDeps {
  readonly runs: Runs;
  readonly queue: WorkQueue;
  readonly now: () => string;
  readonly logger: Logger;
}

/**
 * Lets an event happen to a run: one conditional write, with which an `audit` entry is written. Answers the row afterwards, and
 * whether this event changed it; `null`: there is none.
 */
export function applyToRun(
  deps: ApplyRunDeps,
  id: number,
  event: RunEvent,
  audit?: AuditEntry,
): Promise<{ readonly changed: boolean; readonly run: Run } | null> {
  return retryOnConflict(deps, `the row of run ${id}`, async () => {
    const run = await deps.runs.get(id);
    if (run === null) return null;
    const decision = decideRun(run, event, deps.now());
    if ("ignored" in decision) return { changed: false, run };
    const { next } = decision;
    if (!(await deps.runs.replace(next, audit))) return conflict;
    deps.logger.info(`${event.type}: ${run.status} → ${next.status}`, contextOf(next));
    // Its last lines may take a moment. If this is lost, the deployment's own poll sees it.
    if (isOver(next) && next.trigger === "release")
      await deps.queue.send({ type: "run_ended", deployment_id: next.deployment_id }, 3);
    if (next.announce && !run.announce) await deps.queue.send({ type: "run", run_id: id });
    if (next.next_poll_at !== null && next.next_poll_at !== run.next_poll_at) await sendPoll(deps, next);
    return { changed: true, run: next };
  });
}

const contextOf = ({ id, app_id, deployment_id, status, version, message }: Run) => ({
  run_id: id,
  app_id,
  deployment_id,
  status,
  version,
  message,
});

/** Has the worker begin with a run whose row is there, and look after it from then on. */
export async function beginRun(deps: Pick<ApplyRunDeps, "queue" | "now">, run: Run): Promise<void> {
  await deps.queue.send({ type: "run", run_id: run.id });
  await sendPoll(deps, run);
}

/** The poll that an unfinished run owns. */
async function sendPoll({ queue, now }: Pick<ApplyRunDeps, "queue" | "now">, run: Run): Promise<void> {
  if (run.next_poll_at === null) return;
  const delay = Math.max(0, secondsBetween(now(), run.next_poll_at));
  await queue.send({ type: "run_poll", run_id: run.id, due: run.next_poll_at }, Math.min(900, delay));
}

/** Goes on with a run as far as it gets now: has it started, looks at its task, has that stopped. */
export async function workOnRun(deps: WorkerDeps, id: number): Promise<void> {
  const before = await deps.runs.get(id);
  if (before === null) return;
  if (isOver(before)) return before.announce ? announce(deps, before) : undefined;
  const known = before.task === null ? await findOrStart(deps, before) : before;
  if (known === null || known.task === null || isOver(known)) return;
  await applyToRun(deps, id, await deps.runTasks.see(known.task));
  const after = await deps.runs.get(id);
  if (after !== null && !isOver(after) && after.ending !== null && after.task !== null)
    await deps.runTasks.stop(after.task, after.ending.message);
}

/** Puts on the event bus that it failed. Whoever dies in between does so again. */
async function announce(deps: WorkerDeps, run: Run): Promise<void> {
  const app = await deps.apps.get(run.app_id);
  if (app !== null && app.deleted_at === null) await deps.bus.put("Run Failed", noticedRun(run, app.settings.name));
  await applyToRun(deps, run.id, { type: "announced" });
}

/** The source first: a run that came to its end while nobody polled has not missed its deadline. */
export async function pollRun(deps: WorkerDeps, id: number, due: string): Promise<void> {
  const run = await deps.runs.get(id);
  if (run === null || run.next_poll_at !== due) return;
  await workOnRun(deps, id);
  const polled = await applyToRun(deps, id, { type: "polled", due });
  if (polled?.run.ending !== null && run.ending === null) await workOnRun(deps, id);
}

/** Sends lost polls again. */
export async function sweepRuns(deps: WorkerDeps, lost: LostPolls): Promise<void> {
  for (const run of await lost.missing(await deps.runs.overdue(lost.since))) {
    deps.logger.warn("A poll of a run was lost; it is sent again", contextOf(run));
    await sendPoll(deps, run);
  }
}

async function findOrStart(deps: WorkerDeps, run: Run): Promise<Run | null> {
  if (run.trigger === "release" && run.ending === null && (await isUnwanted(deps, run))) {
    const by = `the end of deployment ${run.deployment_id}`;
    return (await applyToRun(deps, run.id, { type: "cancel_requested", by }))?.run ?? null;
  }
  if (run.ending !== null) return findStarted(deps, run);
  if (run.trigger === "cron") {
    const begun = await beforeCronStarts(deps, run);
    if (begun !== "may start") return begun;
  }
  // Written before ECS is asked: one starts it at a time, and whoever cancels it knows that a task may come.
  const begun = await applyToRun(deps, run.id, { type: "starting" });
  if (begun === null || !begun.changed) return begun?.run ?? null;
  const { attempt } = begun.run;
  const start = await deps.runTasks.start(begun.run);
  if (start.outcome !== "started") {
    const again = start.outcome === "waiting";
    return (
      (await applyToRun(deps, run.id, { type: "not_started", attempt, message: start.message, again }))?.run ?? null
    );
  }
  return noteStarted(deps, run.id, attempt, start.task);
}

/** Unless whoever began to start it and died got through, it may be that it is not to start, or is to start in another release. */
async function beforeCronStarts(deps: WorkerDeps, run: Run): Promise<Run | null | "may start"> {
  const task = run.attempted_at === null ? null : await deps.runTasks.find(run);
  if (task !== null) return noteStarted(deps, run.id, run.attempt, task);
  const instead = await insteadOfStart(deps, run);
  if (instead === null) return "may start";
  const applied = await applyToRun(deps, run.id, instead);
  if (applied === null || !applied.changed || instead.type !== "retargeted") return null;
  return findOrStart(deps, applied.run);
}

/** Whoever was held up while they began it may have done so after the deployment's end was decided. */
async function isUnwanted(deps: WorkerDeps, { deployment_id }: Run): Promise<boolean> {
  const row = await deps.deployments.get(deployment_id);
  return row === null || row.ending !== null || isTerminal(row.stage);
}

/** Somebody who began to start it before it was cancelled may have got through. */
async function findStarted(deps: WorkerDeps, run: Run): Promise<Run | null> {
  const task = await deps.runTasks.find(run);
  if (task !== null) return noteStarted(deps, run.id, run.attempt, task);
  return (await applyToRun(deps, run.id, { type: "not_found" }))?.run ?? null;
}

/** A task that nobody waits for must not run on. */
async function noteStarted(deps: WorkerDeps, id: number, attempt: number, task: string): Promise<Run | null> {
  const noted = await applyToRun(deps, id, { type: "started", task, attempt });
  if (noted?.run.task !== task) await deps.runTasks.stop(task, "Another task of this run is the present one.");
  return noted?.run ?? null;
}
