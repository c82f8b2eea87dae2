import { setTimeout as pause } from "node:timers/promises";
import {
  type App,
  type Deployment,
  type DeploymentSnapshot,
  isTerminal,
  watchDeployment,
} from "@slipway/monitor/client";
import { abortable, SmokeFailure, type StepDeps } from "./step.ts";

type Settings = Readonly<Record<string, unknown>>;

/** The app of a run that has this suffix, with these settings. */
export async function appWith({ name, source, session }: StepDeps, suffix: string, settings: Settings): Promise<App> {
  const { client } = await session();
  const appName = `${name}-${suffix}`;
  const known = (await client.listApps()).find((app) => app.name === appName);
  if (known !== undefined) return client.changeApp(known.id, settings);
  return client.createApp({
    ...source,
    name: appName,
    healthCheckPath: "/healthz",
    // Pushes of others to the repository are not part of the run.
    autoDeploy: false,
    ...settings,
  });
}

/** What the app answers as. */
export const version = (name: string, more: Settings = {}): Settings => ({ env: { SMOKE_VERSION: name, ...more } });

/** Asks for a deployment, or finds the one that was asked for under the same key, and follows it to its end. */
export async function deployed(deps: StepDeps, app: App, key: string): Promise<DeploymentSnapshot> {
  const { client } = await deps.session();
  const { id } = await client.createDeployment({ appId: app.id }, `${deps.name}-${key}`);
  return followed(deps, id);
}

/** The end of a deployment. */
export async function followed({ session, signal }: StepDeps, id: number): Promise<DeploymentSnapshot> {
  const { client } = await session();
  const watch = watchDeployment(client, id);
  const leave = watch.subscribe(() => {});
  try {
    return await abortable(watch.finished, signal);
  } finally {
    leave();
  }
}

/** The deployment of a snapshot that is complete. */
export function endOf({ deployment }: DeploymentSnapshot): Deployment {
  if (deployment === null) throw new SmokeFailure("The deployment could not be read.");
  return deployment;
}

/** Throws where it did not succeed, with the end of its log. */
export function succeeded(snapshot: DeploymentSnapshot): Deployment {
  const deployment = endOf(snapshot);
  if (deployment.stage === "success") return deployment;
  throw new SmokeFailure(
    `Deployment ${deployment.id} ended as ${deployment.stage}: ${deployment.error_message ?? deployment.message}\n${tailOf(snapshot)}`,
  );
}

const shownLines = 15;

const tailOf = ({ lines }: DeploymentSnapshot): string =>
  lines
    .slice(-shownLines)
    .map(({ line }) => `    ${line}`)
    .join("");

/** Whether a log has a line that begins or goes on like this. */
export const says = ({ lines }: DeploymentSnapshot, text: string): boolean =>
  lines.some(({ line }) => line.includes(text));

/** What a path of the app answers, as `200 version 1`. Throws where nobody answers. */
async function answerOf(deps: StepDeps, app: Pick<App, "id">, path = "/"): Promise<string> {
  const { client } = await deps.session();
  const { direct_url: address } = await client.showApp(app.id);
  if (address === null) throw new SmokeFailure("The app has no address.");
  const answer = await fetch(new URL(path, address), {
    signal: AbortSignal.any([deps.signal, AbortSignal.timeout(answerMs)]),
  });
  return `${answer.status} ${await answer.text()}`;
}

const answerMs = 10_000;
/** A changed rule is not in effect on all nodes of a load balancer at once. */
const longestWaitMs = 60_000;

/** Waits for an answer of the app, and throws where another one stays. Answers what came, and after how many seconds. */
export async function answers(
  deps: StepDeps,
  app: Pick<App, "id">,
  expected: string | RegExp,
  path?: string,
): Promise<{ readonly came: string; readonly seconds: number }> {
  const begun = performance.now();
  for (;;) {
    const came = await answerOf(deps, app, path).catch((error: unknown) => {
      deps.signal.throwIfAborted();
      return `nothing (${error instanceof Error ? error.message : String(error)})`;
    });
    const isExpected = typeof expected === "string" ? came === expected : expected.test(came);
    if (isExpected) return { came, seconds: Math.round((performance.now() - begun) / 1000) };
    if (performance.now() - begun > longestWaitMs)
      throw new SmokeFailure(
        `The app was to answer "${expected}", but ${longestWaitMs / 1000} s long it answered "${came}".`,
      );
    await pause(1_000, undefined, { signal: deps.signal });
  }
}

/** Whether somebody answers at an address, and not with a failure of the server. */
export const isServed = (address: string): Promise<boolean> =>
  fetch(address, { signal: AbortSignal.timeout(5_000) }).then(
    ({ status }) => status < 500,
    () => false,
  );

/** Deletes an app of the run, and waits until nobody answers at its address. Answers how many seconds that took. */
export async function deleted({ name, session, signal }: StepDeps, suffix: string): Promise<number> {
  const { client } = await session();
  const begun = performance.now();
  const known = (await client.listApps()).find((app) => app.name === `${name}-${suffix}`);
  if (known === undefined) return 0;
  const { items } = await client.listDeployments({ appId: known.id });
  for (const { id, stage } of items) if (!isTerminal(stage)) await client.cancelDeployment(id).catch(() => null);
  await client.deleteApp(known.id);
  while (known.direct_url !== null && (await isServed(known.direct_url))) await pause(1_000, undefined, { signal });
  return Math.round((performance.now() - begun) / 1000);
}
