import { type Deployment, isRollback } from "../deployment.ts";
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
  const isHeld = row.trigger === "webhook" && app.settings.after_rollback === "hold";
  if (app.pinned && isHeld)
    return [held(`The app is pinned to the release it was rolled back to${by(app.pinned_by)}.`)];
  const entry = await takeLane(world, row, isHeld);
  if (entry.outcome === "superseded") return [{ type: "superseded", by: entry.by }];
  if (entry.outcome === "held") return [held(`Deployment ${entry.by} rolls the app back.`)];
  await tellDisplaced(world, row, entry);
  return entry.outcome === "admitted" ? [{ type: "admitted" }] : [];
}

const held = (why: string): DeploymentEvent => ({ type: "held", reason: `${why} Deploy explicitly, or unpin it.` });
const by = (whom: string | null): string => (whom === null ? "" : ` by ${whom}`);

/** A push that is `held` leaves a rollback that waits its place. */
type Turn = Entry | { readonly outcome: "held"; readonly by: number };

async function takeLane(world: World, row: Deployment, isHeld: boolean): Promise<Turn> {
  for (let race = 0; race < races; race++) {
    const stored = await world.lanes.get(row.app_id);
    const lane = await withoutFinished(world, stored);
    const entry = enterLane(lane, row.id);
    if (entry.outcome === "superseded" || entry.lane.version === stored.version) return entry;
    if (isHeld && entry.displaced !== null && (await rollsBack(world, entry.displaced)))
      return { outcome: "held", by: entry.displaced };
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

async function rollsBack(world: World, id: number): Promise<boolean> {
  const row = await world.deployments.get(id);
  return row !== null && isRollback(row) && !isTerminal(row.stage);
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
  const event = entry.outcome === "waiting" ? cancelFor(row) : null;
  if (entry.outcome === "waiting" && event !== null)
    await world.queue.send({ type: "deployment", deployment_id: entry.running, event });
}

/** What the running one is told by one that does not wait for its end; `null`: it waits. */
function cancelFor(row: Deployment): DeploymentEvent | null {
  // Who rolls back wants out of what is, and no half-done release of something else.
  if (isRollback(row))
    return { type: "cancel_requested", by: row.actor, reason: `deployment ${row.id} rolls the app back` };
  return row.trigger === "webhook" && row.settings.on_new_push === "cancel_running"
    ? { type: "cancel_requested", by: "a newer push", reason: `deployment ${row.id} is newer` }
    : null;
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
