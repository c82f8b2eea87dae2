import { type App, processNames, webProcess } from "../app.ts";
import { begunProcesses } from "../deployment/decide-processes.ts";
import type { Deployment } from "../deployment/deployment.ts";
import type { DeploymentEvent } from "../deployment/event.ts";
import type { Confirm } from "../ports/releases.ts";
import type { WorkerDeps } from "./deps.ts";
import { releaseOrder } from "./release-order.ts";

/** Has the processes whose time has come run what is to be released. No event: it is tried again. */
export async function startProcesses(
  deps: WorkerDeps,
  row: Deployment,
  confirm: Confirm,
): Promise<readonly DeploymentEvent[]> {
  const order = releaseOrder(row);
  if (order === null) return [{ type: "processes_refused", message: "There is no image to release." }];
  const start = await deps.processes.start(order, begunProcesses(row), confirm);
  if (start.outcome === "waiting") return [];
  if (start.outcome === "refused") return [{ type: "processes_refused", message: start.message }];
  return [{ type: "processes_started", task_definitions: { ...start.task_definitions } }];
}

/** How the processes are that were started. */
export async function observeProcesses(deps: WorkerDeps, row: Deployment): Promise<readonly DeploymentEvent[]> {
  if (!row.processes?.running || row.processes.started_at === null || row.ending !== null) return [];
  const order = releaseOrder(row);
  if (order === null) return [];
  const processes = await deps.processes.see(order, begunProcesses(row));
  return [{ type: "processes_seen", asked: row.version, processes }];
}

/** Has the processes run what is live, and nothing of a deployment that is not to be. */
export async function restoreProcesses(
  deps: WorkerDeps,
  row: Deployment,
  confirm: Confirm,
): Promise<"restoring" | "restored"> {
  const order = releaseOrder(row);
  const app = await deps.apps.get(row.app_id);
  if (app === null) return (await deps.processes.remove(row.app_id)) ? "restored" : "restoring";
  if (order === null || app.live_deployment_id === row.id) return "restored";
  const live = app.live_deployment_id === null ? null : await deps.deployments.get(app.live_deployment_id);
  const liveOrder = live && releaseOrder(live);
  const task_definitions = live?.processes?.task_definitions ?? {};
  return deps.processes.restore(order, liveOrder && { order: liveOrder, task_definitions }, confirm);
}

/** Within so many seconds ECS shows what it was told: until then what it does not show may run. */
const shownSeconds = 10;

/** Whether ECS shows by now what was started last. */
export const isShown = ({ processes }: Deployment, now: string): boolean =>
  !processes?.started_at || Math.abs(Date.parse(now) - Date.parse(processes.started_at)) >= shownSeconds * 1000;

/** Removes the processes that the release of before had and this one has not. `app`: as it was before this one is live. */
export async function retireProcesses(
  deps: WorkerDeps,
  { settings }: Deployment,
  app: App | null,
  confirm: Confirm,
): Promise<void> {
  if (app === null) return;
  const kept = processNames(settings);
  const left = processNames(app.live_settings).filter((name) => name !== webProcess && !kept.includes(name));
  if (left.length > 0) await deps.processes.retire(app.id, left, confirm);
}
