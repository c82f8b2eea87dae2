import { type App, addressName, formerNamesAfter } from "../app.ts";
import { releasedSettings } from "../configuration/configuration.ts";
import { type Deployment, isRedeploy, isRollback } from "../deployment/deployment.ts";
import type { Confirm } from "../ports/releases.ts";
import type { WorkerDeps } from "./deps.ts";
import { definitionsOf } from "./forget-definitions.ts";
import { retireProcesses } from "./processes.ts";

/**
 * Notes a release among the kept ones and as the app's live one, with all that goes with that: its name, its processes, its
 * crons and domains. `false`: it was not noted, since its name or what is live is another by now.
 */
export async function recordRelease(deps: WorkerDeps, row: Deployment, confirm: Confirm): Promise<boolean> {
  const record = deps.records.record(
    {
      app_id: row.app_id,
      deployment_id: row.id,
      image_digest: row.image_digest ?? "",
      image_app_id: row.image_app_id,
      commit_hash: row.commit_hash,
      released_at: deps.now(),
      task_definitions: [...definitionsOf(row)],
    },
    row.settings.keep_releases,
  );
  const [before] = await Promise.all([deps.apps.get(row.app_id), record]);
  // Before it is noted as live: what the earlier release had beyond this one is known until then.
  await retireProcesses(deps, row, before, confirm);
  // What was live is known from before this: until then nobody can have released anything after it.
  await confirm();
  if (!(await noteLive(deps, row, before))) return false;
  if (mayHaveSchedules(row, before)) await deps.queue.send({ type: "crons", app_id: row.app_id });
  // The first release made the rule that leads to it. Whoever adds some has them looked after.
  if (before !== null && before.settings.domains.length > 0)
    await deps.queue.send({ type: "domains", app_id: row.app_id, due: null });
  return true;
}

/** `before`: the app as it was when the lease was still held. */
async function noteLive(deps: WorkerDeps, row: Deployment, before: App | null): Promise<boolean> {
  const name = before === null ? row.settings.name : nameAfter(row, before);
  const former = before === null ? [] : formerNamesAfter(before, name, deps.now());
  const names = { name, former: former.map((one) => one.name), before: before?.live_name ?? null };
  const leads = await deps.releases.name(row.app_id, names);
  const pinned = isRollback(row) && row.settings.after_rollback === "hold";
  const live = {
    deployment_id: row.id,
    replaces: before?.live_deployment_id ?? null,
    name,
    load_balancer_url: row.release?.load_balancer_url ?? null,
    pin: isRedeploy(row) ? null : { pinned, by: pinned ? row.actor : null },
    live_settings: releasedSettings(row.settings),
    former_names: leads ? former : [],
  };
  return deps.apps.setLive(row.app_id, live, before);
}

/** A change of name takes effect with a release, but not with a rollback. */
export const nameAfter = (row: Deployment, app: App): string =>
  isRollback(row) ? addressName(app) : app.settings.name;

/** Whether there are crons now, or were before: of a release that was noted before that is not known. */
const mayHaveSchedules = ({ id, settings }: Deployment, before: App | null): boolean =>
  before === null ||
  before.live_deployment_id === id ||
  [...settings.crons, ...(before.live_settings?.crons ?? [])].length > 0;
