import { type Deployment, isOpen } from "../deployment/deployment.ts";
import { isWaitingFor } from "../deployment/draft.ts";
import { type Effect, effectKey } from "../deployment/effect.ts";
import { isHeld, LeaseLostError, leaseSeconds } from "../deployment/lease.ts";
import { isStuck } from "../deployment/stuck.ts";
import type { Confirm } from "../ports/releases.ts";
import { isTerminal } from "../stage.ts";
import { plusSeconds, secondsBetween } from "../time.ts";
import type { Message } from "../work-queue/message.ts";
import { removeApp, removeOrphanedRepositories } from "./app-removal.ts";
import { apply, contextOf } from "./apply.ts";
import { tidyBuilds } from "./build-slots.ts";
import { carryOut, releaseOrder } from "./carry-out.ts";
import type { WorkerDeps } from "./deps.ts";
import { DeploymentError } from "./errors.ts";
import { findOrphans, isReportDue } from "./find-orphans.ts";
import { forgetSecrets } from "./forget-secrets.ts";
import { leave } from "./lanes.ts";
import { pollHead, pollHeads } from "./missed-pushes.ts";
import { observeReleaseCommand } from "./release-command.ts";
import { applyToRun, pollRun, sweepRuns, workOnRun } from "./runs.ts";

/**
 * Turns a message into new versions of rows: load, decide, write on the condition that nobody else did, carry out.
 * Throws what it cannot handle; the message then comes again. Every message may come twice.
 */
export async function work(deps: WorkerDeps, message: Message): Promise<void> {
  switch (message.type) {
    case "deployment":
      await apply(deps, message.deployment_id, message.event);
      return carryOutbox(deps, message.deployment_id);
    case "poll":
      return poll(deps, message.deployment_id, message.due);
    case "build_reported":
      await reported(deps, message.deployment_id, message.attempt);
      return carryOutbox(deps, message.deployment_id);
    case "build_changed": {
      const order = await deps.builds.orderOf(message.build_id);
      return order === null ? undefined : observeAndCarryOut(deps, order.deployment_id);
    }
    case "service_changed":
      return serviceChanged(deps, message.service_arn);
    case "run_ended":
      return observeAndCarryOut(deps, message.deployment_id);
    case "run":
      return workOnRun(deps, message.run_id);
    case "run_poll":
      return pollRun(deps, message.run_id, message.due);
    case "app_deleted":
      return appDeleted(deps, message.app_id);
    case "secrets_written":
      return forgetSecrets(deps, message.app_id);
    case "socket_due":
      return deps.signals.retry(message.socket, message.due);
    case "socket_expires":
      return endWhenDue(deps, message);
    case "sweep":
      return sweep(deps);
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
  await apply(deps, deploymentId, { type: "broken", message });
  await carryOutbox(deps, deploymentId);
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
async function carryOutbox(deps: WorkerDeps, id: number): Promise<void> {
  const tried = new Set<string>();
  let row = await deps.deployments.get(id);
  await leaveOnceMore(deps, row);
  for (let effect = nextOf(row, tried); row !== null && effect !== undefined; effect = nextOf(row, tried)) {
    tried.add(effectKey(effect));
    row = exclusive.has(effect.type) ? await carryOutAlone(deps, row, effect) : await carryOutOne(deps, row, effect);
  }
}

/**
 * Whoever was held up, entered the lane for it after its end and died before they saw that left it there. Their message
 * comes again.
 */
async function leaveOnceMore(deps: WorkerDeps, row: Deployment | null): Promise<void> {
  if (row !== null && isTerminal(row.stage) && !isWaitingFor(row, "leave_lane")) await leave(deps, row);
}

async function carryOutOne(
  deps: WorkerDeps,
  row: Deployment,
  effect: Effect,
  confirm: Confirm = async () => undefined,
): Promise<Deployment | null> {
  let after: Deployment | null = row;
  for (const event of await carryOut(deps, row, effect, confirm)) after = await apply(deps, row.id, event);
  return after;
}

/**
 * ECS has no token for `UpdateService`: two at the same moment would replace each other's release. A pause ends once, and
 * a stop that does not wait for a start under way finds nothing to stop. What is live is noted in the order of the releases.
 */
const exclusive: ReadonlySet<Effect["type"]> = new Set([
  "start_release",
  "check_release",
  "stop_release",
  "stop_orphaned_release",
  "confirm_stopped",
  "record_release",
]);

async function carryOutAlone(deps: WorkerDeps, row: Deployment, effect: Effect): Promise<Deployment | null> {
  const holder = deps.holder();
  const until = plusSeconds(deps.now(), leaseSeconds);
  const held = await apply(deps, row.id, { type: "effect_begun", key: effectKey(effect), holder, until });
  if (held?.lease?.holder !== holder) return held;
  try {
    const after = await carryOutOne(deps, held, effect, () => confirmLease(deps, row.id, holder, effect));
    return after?.lease?.holder === holder ? apply(deps, row.id, { type: "effect_put_off", holder }) : after;
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

const nextOf = (row: Deployment | null, tried: ReadonlySet<string>): Effect | undefined =>
  row?.outbox.find((effect) => !tried.has(effectKey(effect)));

async function poll(deps: WorkerDeps, id: number, due: string): Promise<void> {
  const row = await deps.deployments.get(id);
  if (row === null || row.next_poll_at !== due) {
    deps.logger.info("An outdated poll", { deployment_id: id, due });
    return leaveOnceMore(deps, row);
  }
  // The source first: a deployment that came to its end while nobody polled has not missed its deadline.
  await observe(deps, id);
  await apply(deps, id, { type: "polled", due });
  await carryOutbox(deps, id);
}

async function observeAndCarryOut(deps: WorkerDeps, id: number): Promise<void> {
  await observe(deps, id);
  await carryOutbox(deps, id);
}

/** Asks the source what became of the build or release that runs. */
async function observe(deps: WorkerDeps, id: number): Promise<void> {
  const row = await deps.deployments.get(id);
  if (row === null || !isOpen(row)) return;
  if (row.build?.running) {
    await apply(deps, id, await deps.builds.see({ deployment_id: id, attempt: row.build.attempt }, row.build.id));
  }
  for (const event of await observeReleaseCommand(deps, row)) await apply(deps, id, event);
  const order = releaseOrder(row);
  if (row.release?.running && order !== null) {
    const seen = await deps.releases.see(order, row.release.task_definition);
    await apply(deps, id, { ...seen, asked: row.version });
  }
}

/** SQS cannot delay longer. */
const longestDelaySeconds = 900;

async function endWhenDue(deps: WorkerDeps, message: Extract<Message, { type: "socket_expires" }>): Promise<void> {
  const now = deps.now();
  if (now >= message.due) return deps.signals.end(message.socket);
  const seconds = Math.min(longestDelaySeconds, secondsBetween(now, message.due) + 1);
  await deps.queue.send(message, seconds);
}

async function reported(deps: WorkerDeps, id: number, attempt: number): Promise<void> {
  const report = await deps.reports.get(id, attempt);
  if (report === null) return;
  const { cloned, step, finished } = report;
  await apply(deps, id, { type: "build_seen", attempt, cloned, step, finished, status: null, detail: null });
}

async function serviceChanged(deps: WorkerDeps, serviceArn: string): Promise<void> {
  const appId = deps.releases.appOf(serviceArn);
  if (appId === null) return;
  const { running } = await deps.lanes.get(appId);
  if (running !== null) await observeAndCarryOut(deps, running);
}

async function appDeleted(deps: WorkerDeps, appId: number): Promise<void> {
  const app = await deps.apps.get(appId);
  if (app === null || app.deleted_at === null) {
    deps.logger.info("There is no such deleted app", { app_id: appId });
    return;
  }
  if (!(await removeApp(deps, app))) await deps.queue.send({ type: "app_deleted", app_id: appId }, 5);
}

/** A poll that is this late is taken for lost. */
const lostAfterSeconds = 30;

/** Beyond the longest time until a poll. */
const allPollsSeconds = 60;
/** Nobody sets a poll that far ahead: the clock was wrong then. */
const farAheadSeconds = 15 * 60;

/**
 * Re-creates lost polls, counts what is stuck, frees slots of builds that are over, goes on with removals whose message was
 * lost, removes repositories that have no app, and has what else has none looked for each hour.
 */
async function sweep(deps: WorkerDeps): Promise<void> {
  const open = await deps.deployments.overdue(plusSeconds(deps.now(), allPollsSeconds));
  const stuck = open.filter((row) => isStuck(row, deps.now()));
  for (const row of stuck) deps.logger.warn("It is stuck: it should have been over by now", contextOf(row));
  deps.measure("StuckDeployments", stuck.length);
  const lostSince = plusSeconds(deps.now(), -lostAfterSeconds);
  const late = open.filter(({ next_poll_at }) => next_poll_at !== null && next_poll_at < lostSince);
  for (const row of [...late, ...(await deps.deployments.dueAfter(plusSeconds(deps.now(), farAheadSeconds)))]) {
    if (row.next_poll_at === null) continue;
    deps.logger.warn("A poll was lost; it is sent again", contextOf(row));
    await deps.queue.send({ type: "poll", deployment_id: row.id, due: row.next_poll_at });
  }
  await sweepRuns(deps, lostSince);
  await tidyBuilds(deps);
  for (const app of await deps.apps.list()) {
    if (app.deleted_at !== null) await removeApp(deps, app);
  }
  await removeOrphanedRepositories(deps);
  if (isReportDue(await deps.orphanReports.get(), deps.now())) await deps.queue.send({ type: "find_orphans" });
}
