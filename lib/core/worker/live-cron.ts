import type { App, Cron } from "../app.ts";
import type { Deployment } from "../deployment/deployment.ts";
import type { WorkerDeps } from "./deps.ts";

/** A cron as the release has it that is live. */
interface LiveCron {
  readonly app: App;
  readonly cron: Cron;
  readonly live: Deployment;
  readonly task_definition: string;
}

/** The crons of the release that is live. Those that were added since then come with the next release. */
export const cronsOf = ({ deleted_at, live_deployment_id, live_settings }: App): readonly Cron[] =>
  deleted_at === null && live_deployment_id !== null ? (live_settings?.crons ?? []) : [];

/** `null`: nothing is live, or what is live has no cron of that name. */
export async function liveCron(deps: WorkerDeps, appId: number, name: string): Promise<LiveCron | null> {
  const app = await deps.apps.get(appId);
  const cron = app === null ? undefined : cronsOf(app).find((one) => one.name === name);
  if (app === null || app.live_deployment_id === null || cron === undefined) return null;
  const live = await deps.deployments.get(app.live_deployment_id);
  const task_definition = live?.release?.task_definition ?? null;
  return live === null || task_definition === null ? null : { app, cron, live, task_definition };
}
