import type { App } from "../app.ts";
import { type Deployment, isRollback } from "../deployment/deployment.ts";
import type { DeploymentEvent } from "../deployment/event.ts";
import { type Entrant, type Entry, enterLane, type Lane, leaveLane, occupantsOf } from "../lane/lane.ts";
import { conflict, retryOnConflict } from "../retry-on-conflict.ts";
import { isTerminal } from "../stage.ts";
import { appWasDeleted } from "./deleted-app.ts";
import type { WorkerDeps } from "./deps.ts";
import { fixConfiguration } from "./fix-configuration.ts";
import { inTurn } from "./in-turn.ts";
import { outdatedByBranch } from "./push-order.ts";

/** Asks for the app's lane, and notifies those whom that displaces. */
export async function enter(deps: WorkerDeps, row: Deployment): Promise<readonly DeploymentEvent[]> {
  const refused = refusalOf(row, await deps.apps.get(row.app_id));
  if (refused !== null) return [refused];
  const entry = await inTurn(deps.lanes, row.app_id, () => takeLane(deps, row));
  if (entry.outcome === "refused") return [entry.event];
  if (entry.outcome === "superseded") return [{ type: "superseded", by: entry.by }];
  // It may have ended and left while this worker was held up: whoever enters after that would stay for ever.
  // Who deletes or pins an app notes that before they look at the lane: of two at the same moment one sees the other.
  const [now, app] = await Promise.all([deps.deployments.get(row.id), deps.apps.get(row.app_id)]);
  if (now === null || isTerminal(now.stage)) {
    await leave(deps, row);
    return [];
  }
  await notifyDisplaced(deps, row, entry);
  const refusedMeanwhile = refusalOf(row, app);
  if (refusedMeanwhile !== null || app === null) return [refusedMeanwhile ?? appWasDeleted];
  if (entry.outcome === "waiting") return [{ type: "lane_waiting", behind: entry.behind }];
  return [{ type: "admitted", fixed: await fixConfiguration(deps, row, app) }];
}

/** Why an app takes no such deployment at the moment; `null`: it does. */
function refusalOf(row: Deployment, app: App | null): DeploymentEvent | null {
  if (app === null || app.deleted_at !== null) return appWasDeleted;
  if (!app.pinned || !isHeldBack(row, app)) return null;
  return held(`The app is pinned to the release it was rolled back to${by(app.pinned_by)}.`);
}

const isHeldBack = ({ trigger }: Deployment, { settings }: App): boolean =>
  trigger === "webhook" && settings.after_rollback === "hold";

const held = (why: string): DeploymentEvent => ({ type: "held", reason: `${why} Deploy explicitly, or unpin it.` });
const by = (whom: string | null): string => (whom === null ? "" : ` by ${whom}`);

type Turn = Entry | { readonly outcome: "refused"; readonly event: DeploymentEvent };

function takeLane(deps: WorkerDeps, row: Deployment): Promise<Turn> {
  return retryOnConflict(deps, `the lane of app ${row.app_id}`, async (): Promise<Turn | typeof conflict> => {
    const stored = await deps.lanes.get(row.app_id);
    const lane = await withoutFinished(deps, stored);
    const event = row.trigger === "webhook" ? await refusalOfPush(deps, row, lane) : null;
    if (event !== null) return { outcome: "refused", event };
    const entry = enterLane(lane, entrantOf(row));
    if (entry.outcome === "superseded" || entry.lane.version === stored.version) return entry;
    const isWritten = await deps.lanes.replace(row.app_id, { ...entry.lane, version: stored.version + 1 });
    return isWritten ? entry : conflict;
  });
}

/** A push leaves a rollback that waits its place, and a newer one its turn. Judged of the lane on which its entry is written. */
async function refusalOfPush(deps: WorkerDeps, row: Deployment, lane: Lane): Promise<DeploymentEvent | null> {
  const isHeld = row.settings.after_rollback === "hold" && lane.rollback !== null;
  return isHeld ? held(`Deployment ${lane.rollback} rolls the app back.`) : outdatedByBranch(deps, row, lane);
}

function entrantOf(row: Deployment): Entrant {
  if (isRollback(row)) return { id: row.id, kind: "rollback" };
  return { id: row.id, kind: row.trigger === "webhook" ? "push" : "request" };
}

/** A deployment that has ended holds nothing, even if it died before it left. */
export async function withoutFinished(deps: Pick<WorkerDeps, "deployments">, lane: Lane): Promise<Lane> {
  let left = lane;
  for (const id of occupantsOf(lane)) {
    const row = await deps.deployments.get(id);
    if (row === null || isTerminal(row.stage)) left = leaveLane(left, id);
  }
  return left;
}

async function notifyDisplaced(
  deps: WorkerDeps,
  row: Deployment,
  entry: Exclude<Entry, { outcome: "superseded" }>,
): Promise<void> {
  for (const deployment_id of entry.displaced) {
    await deps.queue.send({ type: "deployment", deployment_id, event: { type: "superseded", by: row.id } });
  }
  const event = entry.outcome === "waiting" ? cancelFor(row) : null;
  if (entry.outcome === "waiting" && event !== null)
    await deps.queue.send({ type: "deployment", deployment_id: entry.behind, event });
}

/** What is sent to the running one by one that does not wait for its end; `null`: it waits. */
function cancelFor(row: Deployment): DeploymentEvent | null {
  // Who rolls back wants out of what is, and no half-done release of something else.
  if (isRollback(row))
    return { type: "cancel_requested", by: row.actor, reason: `deployment ${row.id} rolls the app back` };
  return row.trigger === "webhook" && row.settings.on_new_push === "cancel_running"
    ? { type: "cancel_requested", by: "a newer push", reason: `deployment ${row.id} is newer` }
    : null;
}

/** Makes room, and notifies the one that comes next to ask again. */
export function leave(deps: WorkerDeps, row: Deployment): Promise<void> {
  return inTurn(deps.lanes, row.app_id, () => giveLaneBack(deps, row));
}

async function giveLaneBack(deps: WorkerDeps, row: Deployment): Promise<void> {
  const left = await retryOnConflict(deps, `the lane of app ${row.app_id}`, async () => {
    const lane = await deps.lanes.get(row.app_id);
    const next = leaveLane(lane, row.id);
    return next === lane || (await deps.lanes.replace(row.app_id, next)) ? next : conflict;
  });
  const [first] = occupantsOf(left);
  if (first === undefined || first === left.running) return;
  await deps.queue.send({ type: "deployment", deployment_id: first, event: { type: "woken" } });
}
