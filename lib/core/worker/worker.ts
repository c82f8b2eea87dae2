import { type Deployment, isOpen } from "../deployment/deployment.ts";
import { isWaitingFor } from "../deployment/draft.ts";
import type { DeploymentEvent } from "../deployment/event.ts";
import { isStuck } from "../deployment/stuck.ts";
import { isTerminal } from "../stage.ts";
import { plusSeconds, secondsBetween } from "../time.ts";
import type { Message } from "../work-queue/message.ts";
import { removeApp, removeOrphanedRepositories } from "./app-removal.ts";
import { contextOf } from "./apply.ts";
import { tidyBuilds } from "./build-slots.ts";
import { carryOutbox, type Happen } from "./carry-outbox.ts";
import { cronDue, findMissedCrons, syncCrons } from "./crons.ts";
import type { WorkerDeps } from "./deps.ts";
import { sweepDomains, workOnDomains } from "./domains.ts";
import { DeploymentError } from "./errors.ts";
import { findOrphans, isReportDue } from "./find-orphans.ts";
import { forgetSecrets } from "./forget-secrets.ts";
import { expireFormerNames } from "./former-names.ts";
import { recordGitHubChange } from "./github-changes.ts";
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
      return carryOutbox(deps, (happen) => happen(message.deployment_id, message.event));
    case "poll":
      return poll(deps, message.deployment_id, message.due);
    case "build_reported":
      return carryOutbox(deps, (happen) => reported(deps, happen, message));
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
  await carryOutbox(deps, (happen) => happen(deploymentId, { type: "broken", message }));
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

/**
 * Whoever was held up, entered the lane for it after its end and died before they saw that left it there. Their message
 * comes again.
 */
async function leaveOnceMore(deps: WorkerDeps, id: number): Promise<void> {
  const row = await deps.deployments.get(id);
  if (row !== null && isTerminal(row.stage) && !isWaitingFor(row, "leave_lane")) await leave(deps, row);
}

async function poll(deps: WorkerDeps, id: number, due: string): Promise<void> {
  const row = await deps.deployments.get(id);
  if (row === null || row.next_poll_at !== due) {
    deps.logger.info("An outdated poll", { deployment_id: id, due });
    return;
  }
  await carryOutbox(deps, (happen) => observe(deps, happen, row, { type: "polled", due }));
}

async function observeAndCarryOut(deps: WorkerDeps, id: number): Promise<void> {
  const row = await deps.deployments.get(id);
  if (row !== null) await carryOutbox(deps, (happen) => observe(deps, happen, row));
}

/**
 * Asks the source what became of the build or release that runs. Answers the row as it is then. `last` comes after all that was
 * seen: a deployment that came to its end while nobody polled has not missed its deadline.
 */
async function observe(
  deps: WorkerDeps,
  happen: Happen,
  found: Deployment,
  ...last: readonly DeploymentEvent[]
): Promise<Deployment | null> {
  if (!isOpen(found)) return happen(found, ...last);
  let row: Deployment | null = found;
  /** What was seen and is not written down yet. */
  let seen: readonly DeploymentEvent[] = [];
  const note = async (events: readonly DeploymentEvent[]): Promise<void> => {
    if (row !== null && seen.length > 0) row = await happen(row, ...seen);
    seen = events;
  };
  if (found.build?.running)
    await note([await deps.builds.see({ deployment_id: found.id, attempt: found.build.attempt }, found.build.id)]);
  const command = await observeReleaseCommand(deps, found);
  if (command.length > 0) await note(command);
  // What waits for them in ECS goes on with the same poll.
  if (found.processes?.running) {
    await note([]);
    if (row !== null) await note(await observeProcesses(deps, row));
  }
  const order = releaseOrder(found);
  if (found.release?.running && order !== null) {
    const release = await deps.releases.see(order, found.release.task_definition);
    await note([{ ...release, asked: found.version }]);
  }
  return row && happen(row, ...seen, ...last);
}

/** SQS cannot delay longer. */
const longestDelaySeconds = 900;

async function endWhenDue(deps: WorkerDeps, message: Extract<Message, { type: "socket_expires" }>): Promise<void> {
  const now = deps.now();
  if (now >= message.due) return deps.signals.end(message.socket);
  const seconds = Math.min(longestDelaySeconds, secondsBetween(now, message.due) + 1);
  await deps.queue.send(message, seconds);
}

async function reported(
  deps: WorkerDeps,
  happen: Happen,
  { deployment_id: id, attempt, step: reached }: Extract<Message, { type: "build_reported" }>,
): Promise<Deployment | null> {
  const unseen = { type: "build_seen", attempt, status: null, detail: null } as const;
  if (reached !== undefined) return happen(id, { ...unseen, cloned: null, step: reached, finished: null });
  const [report, row] = await Promise.all([deps.reports.get(id, attempt), deps.deployments.get(id)]);
  if (report === null || row === null) return row;
  const { cloned, step, finished } = report;
  return happen(row, { ...unseen, cloned, step, finished });
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
