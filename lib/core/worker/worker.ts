import { type Deployment, isOpen } from "../deployment/deployment.ts";
import { type Effect, effectKey } from "../deployment/effect.ts";
import { isHeld, LeaseLostError, leaseSeconds } from "../deployment/lease.ts";
import { isStuck } from "../deployment/stuck.ts";
import type { Confirm } from "../ports/releases.ts";
import { plusSeconds, secondsBetween } from "../time.ts";
import { removeApp } from "./app-removal.ts";
import { apply, contextOf } from "./apply.ts";
import { tidyBuilds } from "./build-slots.ts";
import { carryOut, releaseOrder } from "./carry-out.ts";
import { DeploymentError } from "./errors.ts";
import type { Message } from "./message.ts";
import { lookAtHead, lookAtHeads } from "./missed-pushes.ts";
import type { World } from "./world.ts";

/**
 * Turns a message into new versions of rows: load, decide, write on the condition that nobody else did, carry out.
 * Throws what it cannot handle; the message then comes again. Every message may come twice.
 */
export async function work(world: World, message: Message): Promise<void> {
  switch (message.type) {
    case "deployment":
      await apply(world, message.deployment_id, message.event);
      return carryOutbox(world, message.deployment_id);
    case "look":
      return look(world, message.deployment_id, message.due);
    case "build_reported":
      await reported(world, message.deployment_id, message.attempt);
      return carryOutbox(world, message.deployment_id);
    case "build_changed": {
      const order = await world.builds.orderOf(message.build_id);
      return order === null ? undefined : observeAndCarryOut(world, order.deployment_id);
    }
    case "service_changed":
      return serviceChanged(world, message.service_arn);
    case "app_deleted":
      return appDeleted(world, message.app_id);
    case "socket_due":
      return world.signals.retry(message.socket, message.due);
    case "socket_expires":
      return endWhenDue(world, message);
    case "sweep":
      return sweep(world);
    case "heads":
      return lookAtHeads(world);
    case "head":
      return lookAtHead(world, message.app_id, message.suspect);
  }
}

/** Tells a deployment that Slipway itself failed at it, so that it ends with a cause and not with a deadline. */
export async function giveUp(world: World, deploymentId: number, cause: unknown): Promise<DeploymentError> {
  const row = await world.deployments.get(deploymentId);
  const words = cause instanceof Error ? cause.message : String(cause);
  const message = `Slipway failed at this deployment: ${words}. Retry it; the details are in the logs under deployment_id ${deploymentId}.`;
  await apply(world, deploymentId, { type: "broken", message });
  await carryOutbox(world, deploymentId);
  return new DeploymentError(message, {
    code: "internal_error",
    stage: row?.stage ?? "pending",
    deployment_id: deploymentId,
    cause,
  });
}

/** Tries each effect in the outbox once, those included that an earlier one brought about. */
async function carryOutbox(world: World, id: number): Promise<void> {
  const tried = new Set<string>();
  let row = await world.deployments.get(id);
  for (let effect = nextOf(row, tried); row !== null && effect !== undefined; effect = nextOf(row, tried)) {
    tried.add(effectKey(effect));
    row = exclusive.has(effect.type) ? await carryOutAlone(world, row, effect) : await carryOutOne(world, row, effect);
  }
}

async function carryOutOne(
  world: World,
  row: Deployment,
  effect: Effect,
  confirm: Confirm = async () => undefined,
): Promise<Deployment | null> {
  let after: Deployment | null = row;
  for (const event of await carryOut(world, row, effect, confirm)) after = await apply(world, row.id, event);
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
  "stop_stray_release",
  "confirm_stopped",
  "record_release",
]);

async function carryOutAlone(world: World, row: Deployment, effect: Effect): Promise<Deployment | null> {
  const holder = world.holder();
  const until = plusSeconds(world.now(), leaseSeconds);
  const held = await apply(world, row.id, { type: "effect_begun", key: effectKey(effect), holder, until });
  if (held?.lease?.holder !== holder) return held;
  try {
    const after = await carryOutOne(world, held, effect, () => confirmLease(world, row.id, holder, effect));
    return after?.lease?.holder === holder ? apply(world, row.id, { type: "effect_put_off", holder }) : after;
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    world.note(error.message, contextOf(held));
    return world.deployments.get(row.id);
  }
}

/** A worker that was held up past its lease must not act: it reads the row again right before. */
async function confirmLease(world: World, id: number, holder: string, effect: Effect): Promise<void> {
  const row = await world.deployments.get(id);
  if (row?.lease?.holder !== holder || !isHeld(row.lease, world.now())) throw new LeaseLostError(effectKey(effect));
}

const nextOf = (row: Deployment | null, tried: ReadonlySet<string>): Effect | undefined =>
  row?.outbox.find((effect) => !tried.has(effectKey(effect)));

async function look(world: World, id: number, due: string): Promise<void> {
  const row = await world.deployments.get(id);
  if (row === null || row.next_look_at !== due) {
    world.note("An outdated look", { deployment_id: id, due });
    return;
  }
  // The source first: a deployment that came to its end while nobody looked has not missed its deadline.
  await observe(world, id);
  await apply(world, id, { type: "looked", due });
  await carryOutbox(world, id);
}

async function observeAndCarryOut(world: World, id: number): Promise<void> {
  await observe(world, id);
  await carryOutbox(world, id);
}

/** Asks the source what became of the build or release that runs. */
async function observe(world: World, id: number): Promise<void> {
  const row = await world.deployments.get(id);
  if (row === null || !isOpen(row)) return;
  if (row.build?.running) {
    await apply(world, id, await world.builds.see({ deployment_id: id, attempt: row.build.attempt }, row.build.id));
  }
  const order = releaseOrder(row);
  if (row.release?.running && order !== null) {
    const seen = await world.releases.see(order, row.release.task_definition);
    await apply(world, id, { ...seen, asked: row.version });
  }
}

/** SQS cannot delay longer. */
const longestDelaySeconds = 900;

async function endWhenDue(world: World, message: Extract<Message, { type: "socket_expires" }>): Promise<void> {
  const now = world.now();
  if (now >= message.due) return world.signals.end(message.socket);
  const seconds = Math.min(longestDelaySeconds, secondsBetween(now, message.due) + 1);
  await world.queue.send(message, seconds);
}

async function reported(world: World, id: number, attempt: number): Promise<void> {
  const report = await world.reports.get(id, attempt);
  if (report === null) return;
  const { cloned, step, finished } = report;
  await apply(world, id, { type: "build_seen", attempt, cloned, step, finished, status: null, detail: null });
}

async function serviceChanged(world: World, serviceArn: string): Promise<void> {
  const appId = world.releases.appOf(serviceArn);
  if (appId === null) return;
  const { running } = await world.lanes.get(appId);
  if (running !== null) await observeAndCarryOut(world, running);
}

async function appDeleted(world: World, appId: number): Promise<void> {
  const app = await world.apps.get(appId);
  if (app === null || app.deleted_at === null) {
    world.note("There is no such deleted app", { app_id: appId });
    return;
  }
  if (!(await removeApp(world, app))) await world.queue.send({ type: "app_deleted", app_id: appId }, 5);
}

/** A look that is this late is taken for lost. */
const lostAfterSeconds = 30;

/** Beyond the longest time until a look. */
const allLooksSeconds = 60;
/** Nobody sets a look that far ahead: the clock was wrong then. */
const farAheadSeconds = 15 * 60;

/** Re-creates lost looks, counts what is stuck, frees slots of builds that are over, and goes on with removals whose message was lost. */
async function sweep(world: World): Promise<void> {
  const open = await world.deployments.overdue(plusSeconds(world.now(), allLooksSeconds));
  const stuck = open.filter((row) => isStuck(row, world.now()));
  for (const row of stuck) world.note("It is stuck: it should have been over by now", contextOf(row));
  world.measure("StuckDeployments", stuck.length);
  const lostSince = plusSeconds(world.now(), -lostAfterSeconds);
  const late = open.filter(({ next_look_at }) => next_look_at !== null && next_look_at < lostSince);
  for (const row of [...late, ...(await world.deployments.dueAfter(plusSeconds(world.now(), farAheadSeconds)))]) {
    if (row.next_look_at === null) continue;
    world.note("A look was lost; it is sent again", contextOf(row));
    await world.queue.send({ type: "look", deployment_id: row.id, due: row.next_look_at });
  }
  await tidyBuilds(world);
  for (const app of await world.apps.list()) {
    if (app.deleted_at !== null) await removeApp(world, app);
  }
}
