import type { Deployment } from "../deployment.ts";
import type { DeploymentEvent } from "../event.ts";
import { type Entry, enterLane, type Lane, leaveLane } from "../lane.ts";
import { isTerminal } from "../stage.ts";
import type { World } from "./world.ts";

const races = 50;

/** Asks for the app's lane, and tells those whom that displaces. */
export async function enter(world: World, row: Deployment): Promise<readonly DeploymentEvent[]> {
  const app = await world.apps.get(row.app_id);
  if (app === null || app.deleted_at !== null) {
    return [{ type: "cancel_requested", by: "Slipway", reason: "the app was deleted" }];
  }
  if (app.pinned && row.trigger === "webhook" && app.settings.after_rollback === "hold") {
    return [
      {
        type: "held",
        reason: "The app is pinned to the release it was rolled back to. Deploy explicitly, or unpin it.",
      },
    ];
  }
  const entry = await takeLane(world, row);
  if (entry.outcome === "superseded") return [{ type: "superseded", by: entry.by }];
  await tellDisplaced(world, row, entry);
  return entry.outcome === "admitted" ? [{ type: "admitted" }] : [];
}

async function takeLane(world: World, row: Deployment): Promise<Entry> {
  for (let race = 0; race < races; race++) {
    const stored = await world.lanes.get(row.app_id);
    const lane = await withoutFinished(world, stored);
    const entry = enterLane(lane, row.id);
    if (entry.outcome === "superseded" || entry.lane.version === stored.version) return entry;
    if (await world.lanes.replace(row.app_id, { ...entry.lane, version: stored.version + 1 })) return entry;
  }
  throw new Error(`Lost ${races} races for the lane of app ${row.app_id}.`);
}

/** A deployment that has ended holds nothing, even if it died before it left. */
async function withoutFinished(world: World, lane: Lane): Promise<Lane> {
  if (lane.running === null) return lane;
  const running = await world.deployments.get(lane.running);
  return running === null || isTerminal(running.stage) ? leaveLane(lane, lane.running) : lane;
}

async function tellDisplaced(
  world: World,
  row: Deployment,
  entry: Exclude<Entry, { outcome: "superseded" }>,
): Promise<void> {
  if (entry.displaced !== null) {
    await world.queue.send({
      type: "deployment",
      deployment_id: entry.displaced,
      event: { type: "superseded", by: row.id },
    });
  }
  if (entry.outcome === "waiting" && row.trigger === "webhook" && row.settings.on_new_push === "cancel_running") {
    const event: DeploymentEvent = {
      type: "cancel_requested",
      by: "a newer push",
      reason: `deployment ${row.id} is newer`,
    };
    await world.queue.send({ type: "deployment", deployment_id: entry.running, event });
  }
}

/** Makes room, and tells the one that waits to ask again. */
export async function leave(world: World, row: Deployment): Promise<void> {
  for (let race = 0; race < races; race++) {
    const lane = await world.lanes.get(row.app_id);
    const next = leaveLane(lane, row.id);
    if (next !== lane && !(await world.lanes.replace(row.app_id, next))) continue;
    if (next.waiting !== null) {
      await world.queue.send({ type: "deployment", deployment_id: next.waiting, event: { type: "woken" } });
    }
    return;
  }
  throw new Error(`Lost ${races} races for the lane of app ${row.app_id}.`);
}
