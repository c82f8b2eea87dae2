import type { App, Settings } from "../app.ts";
import { configurationText, withSettingsOf } from "../configuration/configuration.ts";
import { numberOf } from "../configuration/numbers.ts";
import { type Deployment, isRedeploy } from "../deployment/deployment.ts";
import type { Fixed } from "../deployment/event.ts";
import { conflict, retryOnConflict } from "../retry-on-conflict.ts";
import type { WorkerDeps } from "./deps.ts";

/**
 * With what a deployment goes on now that it is its turn: its commit is built as it was requested, and released with what the
 * app is configured with at this moment, or with the configuration that it keeps.
 */
export async function fixConfiguration(deps: WorkerDeps, row: Deployment, app: App): Promise<Fixed> {
  const live =
    isRedeploy(row) && app.live_deployment_id !== null ? await deps.deployments.get(app.live_deployment_id) : null;
  const chosen = row.keeps_configuration
    ? withSettingsOf(app.settings, row.settings, "build", "release")
    : withSettingsOf(app.settings, (live ?? row).settings, "build");
  const settings = { ...chosen, ...(await builtFor(deps, row)) };
  const configuration = await configurationNumber(deps, app.id, deps.hash(configurationText(settings)));
  return { settings, configuration, live_before: app.live_deployment_id, ...imageOf(live) };
}

/** Of a rollback or a promotion: an image runs on what it was built for, whatever the app is set to since. */
async function builtFor(deps: WorkerDeps, row: Deployment): Promise<Partial<Pick<Settings, "architecture">>> {
  const origin = row.rollback_of ?? row.from_deployment;
  const built = origin === null ? null : await deps.deployments.get(origin);
  return built === null ? {} : { architecture: built.settings.architecture };
}

/** What went live while a redeploy waited is what it redeploys: it must not bring back the release of before. */
function imageOf(live: Deployment | null): Pick<Fixed, "image"> {
  if (live === null || live.image_digest === null) return {};
  const { image_app_id, image_digest, commit_hash, commit_message, branch } = live;
  return { image: { image_app_id, image_digest, commit_hash, commit_message, branch } };
}

/** The same for the same configuration, whoever asks and however often. */
function configurationNumber(deps: WorkerDeps, appId: number, hash: string): Promise<number> {
  return retryOnConflict(deps, `the configurations of app ${appId}`, async () => {
    const { number, next } = numberOf(await deps.configurations.get(appId), hash);
    return next === null || (await deps.configurations.replace(appId, next)) ? number : conflict;
  });
}
