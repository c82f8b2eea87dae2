import { buildSecretParameters, isSecretParameter, secretParameters } from "../configuration/secret-parameter.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { occupantsOf } from "../lane/lane.ts";
import { plusSeconds } from "../time.ts";
import type { WorkerDeps } from "./deps.ts";

/** Secrets are written before the row that names them; whoever writes has ended by then, done or dead. */
const writingSeconds = 120;
/** How long after secrets were to be written it is looked whether somebody names them. */
export const secretsSettleSeconds = 2 * writingSeconds;
/** Deployments of the app that are not in its lane yet are among its newest. */
const newest = 20;

/**
 * Gives up the versions of an app's secrets that neither the app, nor a kept or live release, nor a deployment under way
 * names; of its builds' those that neither the app nor a deployment under way names. What was written a moment ago stays: its row
 * may be written yet.
 */
export async function forgetSecrets(deps: WorkerDeps, appId: number): Promise<void> {
  const before = plusSeconds(deps.now(), -writingSeconds);
  // Listed before the rows are read: whoever names one of these later has read of it in a row that is there now.
  const stored = await deps.secrets.stored(appId);
  const named = stored.length === 0 ? null : await namedSecrets(deps, appId);
  if (named === null) return;
  const isUnneeded = (name: string): boolean => named === "gone" || (isSecretParameter(name) && !named.has(name));
  const all = stored.filter(({ name }) => isUnneeded(name));
  const unneeded = all.filter(({ written_at }) => written_at < before).map(({ name }) => name);
  // Its row may be written yet; and a clock that is wrong makes everything seem young.
  if (unneeded.length < all.length)
    await deps.queue.send({ type: "secrets_written", app_id: appId }, secretsSettleSeconds);
  if (unneeded.length === 0) return;
  await deps.secrets.remove(appId, unneeded);
  deps.logger.info("Secrets that are needed no more were given up", { app_id: appId, count: unneeded.length });
}

/** What is named of an app's secrets; `null`: it cannot be said at the moment; `gone`: there is no such app, so nothing is. */
async function namedSecrets(deps: WorkerDeps, appId: number): Promise<ReadonlySet<string> | "gone" | null> {
  const lane = await deps.lanes.get(appId);
  const { deployments } = await deps.deployments.list({ apps: [appId], stage: null, limit: newest, before: null });
  const app = await deps.apps.get(appId);
  if (app === null) return "gone";
  const live = app.live_deployment_id === null ? [] : [app.live_deployment_id];
  const kept = (await deps.records.list(appId)).map(({ deployment_id }) => deployment_id);
  const unfinished = deployments.filter(({ finished_at }) => finished_at === null).map(({ id }) => id);
  const ids = [...new Set([...occupantsOf(lane), ...unfinished, ...live, ...kept])];
  const rows = (await Promise.all(ids.map((id) => deps.deployments.get(id)))).filter((row) => row !== null);
  // It takes the app's settings at any moment, and may have read those of before a change.
  if (rows.some(isBeingFixed)) return null;
  const underWay = rows.filter(({ finished_at }) => finished_at === null);
  return new Set([
    ...[app, ...rows].flatMap(({ settings }) => secretParameters(settings)),
    ...[app, ...underWay].flatMap(({ settings }) => buildSecretParameters(settings)),
  ]);
}

const isBeingFixed = ({ stage, configuration, keeps_configuration }: Deployment): boolean =>
  stage === "pending" && configuration === null && !keeps_configuration;
