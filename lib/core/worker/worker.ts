import { type Deployment, isOpen } from "../deployment/deployment.ts";
import { isWaitingFor } from "../deployment/draft.ts";
import { type Effect, effectKey, isQuiet } from "../deployment/effect.ts";
import type { DeploymentEvent } from "../deployment/event.ts";
import { isHeld, LeaseLostError, leaseSeconds } from "../deployment/lease.ts";
import { isStuck } from "../deployment/stuck.ts";
import { isTerminal } from "../stage.ts";
import { plusSeconds, secondsBetween } from "../time.ts";
import type { Message } from "../work-queue/message.ts";
import { removeApp, removeOrphanedRepositories } from "./app-removal.ts";
import { apply, contextOf } from "./apply.ts";
import { tidyBuilds } from "./build-slots.ts";
import { carryOut } from "./carry-out.ts";
import { cronDue, findMissedCrons, syncCrons } from "./crons.ts";
import type { WorkerDeps } from "./deps.ts";
import { sweepDomains, workOnDomains } from "./domains.ts";
import { DeploymentError } from "./errors.ts";
import { findOrphans, isReportDue } from "./find-orphans.ts";
import { forgetSecrets } from "./forget-secrets.ts";
import { expireFormerNames } from "./former-names.ts";
import { recordGitHubChange } from "./github-changes.ts";
import { withKnownHeads } from "./known-heads.ts";
import { leave } from "./lanes.ts";
import { allPollsSeconds, lostPolls } from "./lost-polls.ts";
import { pollHead, pollHeads } from "./missed-pushes.ts";
import { observeProcesses } from "./processes.ts";
import { observeReleaseCommand } from "./release-command.ts";
import { releaseOrder } from "./release-order.ts";
import { applyToRun, pollRun, sweepRuns, workOnRun } from "./runs.ts";

/** How a message came. */
interface Received {
  /** How long it waited on the queue. */
  readonly queuedSeconds?: number;
  /** Whether it came before, and whoever had it then may have died. Not known: it may be so. */
  readonly isRepeat?: boolean;
}

/**
 * Turns a message into new versions of rows: load, decide, write on the condition that nobody else did, carry out.
 * Throws what it cannot handle; the message then comes again. Every message may come twice.
 */
export async function work(
  deps: WorkerDeps,
  message: Message,
  { queuedSeconds = 0, isRepeat = true }: Received = {},
): Promise<void> {
  if (isRepeat && "deployment_id" in message) await leaveOnceMore(deps, message.deployment_id);
  switch (message.type) {
    case "deployment":
      return carryOutbox(deps, await apply(deps, message.deployment_id, message.event));
    case "poll":
      return poll(deps, message.deployment_id, message.due);
    case "build_reported":
      return carryOutbox(deps, await reported(deps, message.deployment_id, message.attempt));
    case "build_changed": {
      const order = await deps.builds.orderOf(message.build_id);
      return order === null ? undefined : observeAndCarryOut(deps, order.deployment_id);
    }
    case "service_changed":
      return serviceChanged(deps, message.service_arn);
    case "task_stopped":
      return taskStopped(deps, message.task_arn);
    case "run_ended":
      return observeAndCarryOut(deps, message.deployment_id);
    case "run":
      return workOnRun(deps, message.run_id);
    case "run_poll":
      return pollRun(deps, message.run_id, message.due);
    case "cron":
      return cronDue(deps, message);
    case "crons":
      return syncCrons(deps, message.app_id);
    case "log_retention":
      return keepLog(deps, message.app_id);
    case "domains":
      return workOnDomains(deps, message.app_id, message.due);
    case "app_deleted":
      return appDeleted(deps, message.app_id);
    case "secrets_written":
      return forgetSecrets(deps, message.app_id);
    case "github_changed":
      return recordGitHubChange(deps, message);
    case "socket_due":
      return deps.signals.retry(message.socket, message.due);
    case "socket_expires":
      return endWhenDue(deps, message);
    case "sweep":
      return sweep(deps, queuedSeconds);
    case "find_orphans":
      return findOrphans(deps);
    case "heads":
      return pollHeads(deps);
    case "head":
      return pollHead(deps, message.app_id, message.suspect);
  }
}

/** Reports to a deployment that Slipway itself failed at it, so that it ends with a cause and not with a deadline. */
export async function giveUp(deps: WorkerDeps, deploymentId: number, cause: unknown): Promise<DeploymentError> {
  const row = await deps.deployments.get(deploymentId);
  const words = cause instanceof Error ? cause.message : String(cause);
  const message = `Slipway failed to process this deployment: ${words}. Retry it. The logs have the details under deployment_id ${deploymentId}.`;
  await carryOutbox(deps, await apply(deps, deploymentId, { type: "broken", message }));
  return new DeploymentError(message, {
    code: "internal_error",
    stage: row?.stage ?? "pending",
    deployment_id: deploymentId,
    cause,
  });
}

/** The same for a run: it ends with a cause, and its task is stopped. */
export async function giveUpRun(deps: WorkerDeps, runId: number, cause: unknown): Promise<void> {
  const words = cause instanceof Error ? cause.message : String(cause);
  const message = `Slipway failed at this run: ${words}. Run it again; the details are in the logs under run_id ${runId}.`;
  await applyToRun(deps, runId, { type: "broken", message });
}

/** Tries each effect in the outbox once, those included that an earlier one brought about. */
async function carryOutbox(given: WorkerDeps, found: Deployment | null): Promise<void> {
  const deps = { ...given, log: withKnownHeads(given.log) };
  const tried = new Set<string>();
  /** What was carried out and is not written down yet: it goes with the next write. */
  let done: readonly DeploymentEvent[] = [];
  let row = found;
  while (row !== null) {
    const effect = nextOf(row, tried);
    if (effect === undefined && done.length === 0) return;
    if (effect !== undefined) tried.add(effectKey(effect));
    if (effect !== undefined && isQuiet[effect.type]) {
      done = [...done, ...(await carriedOut(deps, row, effect, done))];
      continue;
    }
    row = await noted(deps, row, effect, done);
    done = [];
  }
}

/** Carries an effect out, if there is one, and writes down what has happened then, with what was done before. */
async function noted(
  deps: WorkerDeps,
  row: Deployment,
  effect: Effect | undefined,
  done: readonly DeploymentEvent[],
): Promise<Deployment | null> {
  if (effect !== undefined && exclusive.has(effect.type)) return carryOutAlone(deps, row, effect, done);
  const events = effect === undefined ? [] : await carriedOut(deps, row, effect, done);
  return done.length + events.length === 0 ? row : apply(deps, row, ...done, ...events);
}

/** Where it fails, what was done before is written down all the same. */
async function carriedOut(
  deps: WorkerDeps,
  row: Deployment,
  effect: Effect,
  done: readonly DeploymentEvent[],
): Promise<readonly DeploymentEvent[]> {
  try {
    return await carryOut(deps, row, effect, async () => undefined);
  } catch (error) {
    if (done.length > 0) await apply(deps, row, ...done);
    throw error;
  }
}

/**
 * Whoever was held up, entered the lane for it after its end and died before they saw that left it there. Their message
 * comes again.
 */
async function leaveOnceMore(deps: WorkerDeps, id: number): Promise<void> {
  const row = await deps.deployments.get(id);
  if (row !== null && isTerminal(row.stage) && !isWaitingFor(row, "leave_lane")) await leave(deps, row);
}

/**
 * ECS has no token for `UpdateService`: two at the same moment would replace each other's release. A pause ends once, and
 * a stop that does not wait for a start under way finds nothing to stop. What is live is noted in the order of the releases.
 */
const exclusive: ReadonlySet<Effect["type"]> = new Set([
  "start_release",
  "check_release",
  "resume_release",
  "start_processes",
  "stop_processes",
  "stop_release",
  "stop_orphaned_release",
  "confirm_stopped",
  "record_release",
]);

async function carryOutAlone(
  deps: WorkerDeps,
  row: Deployment,
  effect: Effect,
  done: readonly DeploymentEvent[],
): Promise<Deployment | null> {
  const holder = deps.holder();
  const until = plusSeconds(deps.now(), leaseSeconds);
  const held = await apply(deps, row, ...done, { type: "effect_begun", key: effectKey(effect), holder, until });
  if (held?.lease?.holder !== holder) return held;
  try {
    const events = await carryOut(deps, held, effect, () => confirmLease(deps, row.id, holder, effect));
    const after = events.length === 0 ? held : await apply(deps, held, ...events);
    return after?.lease?.holder === holder ? apply(deps, after, { type: "effect_put_off", holder }) : after;
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    deps.logger.warn(error.message, contextOf(held));
    return deps.deployments.get(row.id);
  }
}

/** A worker that was held up past its lease must not act: it reads the row again right before. */
async function confirmLease(deps: WorkerDeps, id: number, holder: string, effect: Effect): Promise<void> {
  const row = await deps.deployments.get(id);
  if (row?.lease?.holder !== holder || !isHeld(row.lease, deps.now())) throw new LeaseLostError(effectKey(effect));
}

const nextOf = (row: Deployment, tried: ReadonlySet<string>): Effect | undefined =>
  row.outbox.find((effect) => !tried.has(effectKey(effect)));

async function poll(deps: WorkerDeps, id: number, due: string): Promise<void> {
  const row = await deps.deployments.get(id);
  if (row === null || row.next_poll_at !== due) {
    deps.logger.info("An outdated poll", { deployment_id: id, due });
    return;
  }
  // The source first: a deployment that came to its end while nobody polled has not missed its deadline.
  const seen = await observe(deps, row);
  await carryOutbox(deps, seen && (await apply(deps, seen, { type: "polled", due })));
}

async function observeAndCarryOut(deps: WorkerDeps, id: number): Promise<void> {
  const row = await deps.deployments.get(id);
  await carryOutbox(deps, row && (await observe(deps, row)));
}

/** Asks the source what became of the build or release that runs. Answers the row as it is then. */
async function observe(deps: WorkerDeps, found: Deployment): Promise<Deployment | null> {
  if (!isOpen(found)) return found;
  let row: Deployment | null = found;
  const happen = async (events: readonly DeploymentEvent[]): Promise<void> => {
    if (row !== null && events.length > 0) row = await apply(deps, row, ...events);
  };
  if (found.build?.running)
    await happen([await deps.builds.see({ deployment_id: found.id, attempt: found.build.attempt }, found.build.id)]);
  await happen(await observeReleaseCommand(deps, found));
  // What waits for them in ECS goes on with the same poll.
  if (found.processes?.running && row !== null) await happen(await observeProcesses(deps, row));
  const order = releaseOrder(found);
  if (found.release?.running && order !== null) {
    const seen = await deps.releases.see(order, found.release.task_definition);
    await happen([{ ...seen, asked: found.version }]);
  }
  return row;
}

/** SQS cannot delay longer. */
const longestDelaySeconds = 900;

async function endWhenDue(deps: WorkerDeps, message: Extract<Message, { type: "socket_expires" }>): Promise<void> {
  const now = deps.now();
  if (now >= message.due) return deps.signals.end(message.socket);
  const seconds = Math.min(longestDelaySeconds, secondsBetween(now, message.due) + 1);
  await deps.queue.send(message, seconds);
}

async function reported(deps: WorkerDeps, id: number, attempt: number): Promise<Deployment | null> {
  const [report, row] = await Promise.all([deps.reports.get(id, attempt), deps.deployments.get(id)]);
  if (report === null || row === null) return row;
  const { cloned, step, finished } = report;
  return apply(deps, row, { type: "build_seen", attempt, cloned, step, finished, status: null, detail: null });
}

async function serviceChanged(deps: WorkerDeps, serviceArn: string): Promise<void> {
  const appId = deps.releases.appOf(serviceArn);
  if (appId === null) return;
  const { running } = await deps.lanes.get(appId);
  if (running !== null) await observeAndCarryOut(deps, running);
}

/** Counts what was not to stop, for the app's usage. */
async function taskStopped(deps: WorkerDeps, taskArn: string): Promise<void> {
  const restart = await deps.stoppedTasks.see(taskArn);
  if (restart === null) return;
  await deps.restarts.record(restart);
  const { app_id, deployment_id, task, exit_code, reason } = restart;
  deps.logger.info("A task stopped unexpectedly", { app_id, deployment_id, task, exit_code, reason });
}

async function appDeleted(deps: WorkerDeps, appId: number): Promise<void> {
  const app = await deps.apps.get(appId);
  if (app === null || app.deleted_at === null) {
    deps.logger.info("There is no such deleted app", { app_id: appId });
    return;
  }
  if (!(await removeApp(deps, app))) await deps.queue.send({ type: "app_deleted", app_id: appId }, 5);
}

/** An app that was never released has no log yet; its first release makes one. */
async function keepLog(deps: WorkerDeps, app_id: number): Promise<void> {
  const app = await deps.apps.get(app_id);
  if (app === null || app.deleted_at !== null || app.live_deployment_id === null) return;
  await deps.logGroups.ensure({ app_id, settings: app.settings });
}

/** Nobody sets a poll that far ahead: the clock was wrong then. */
const farAheadSeconds = 15 * 60;

/**
 * Re-creates lost polls, counts what is stuck, frees slots of builds that are over, goes on with removals whose message was
 * lost, removes repositories that have no app, and has what else has none looked for each hour.
 */
async function sweep(deps: WorkerDeps, queuedSeconds: number): Promise<void> {
  const open = await deps.deployments.overdue(plusSeconds(deps.now(), allPollsSeconds));
  const stuck = open.filter((row) => isStuck(row, deps.now()));
  for (const row of stuck) deps.logger.warn("It is stuck: it should have been over by now", contextOf(row));
  deps.measure("StuckDeployments", stuck.length);
  const lost = lostPolls(deps.backlog, deps.now(), queuedSeconds);
  const late = open.filter(({ next_poll_at }) => next_poll_at !== null && next_poll_at < lost.since);
  const ahead = await deps.deployments.dueAfter(plusSeconds(deps.now(), farAheadSeconds));
  for (const row of await lost.missing([...late, ...ahead])) {
    if (row.next_poll_at === null) continue;
    deps.logger.warn("A poll was lost; it is sent again", contextOf(row));
    await deps.queue.send({ type: "poll", deployment_id: row.id, due: row.next_poll_at });
  }
  await sweepRuns(deps, lost);
  await tidyBuilds(deps);
  const apps = await deps.apps.list();
  await sweepDomains(deps, apps, lost);
  for (const app of apps) {
    if (app.deleted_at !== null) await removeApp(deps, app);
    else {
      await findMissedCrons(deps, app);
      await expireFormerNames(deps, app);
    }
  }
  await removeOrphanedRepositories(deps);
  if (isReportDue(await deps.orphanReports.get(), deps.now())) await deps.queue.send({ type: "find_orphans" });
}
