import { join } from "node:path";
import { type App, createClient, watchDeployment } from "@slipway/monitor/client";
import { createProgressView } from "slipway/terminal/progress";
import { exampleRepository } from "./example-repository.ts";

export interface DemoOptions {
  readonly url: string;
  /** The folder of the example application. */
  readonly example: string;
  readonly dataDir: string;
  readonly token: string | null;
  readonly screen: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
}

const appName = "hello";

/** Registers the bundled example, deploys it before everybody's eyes, and says where it answers. `true` if it does. */
export async function runDemo({ url, example, dataDir, token, screen }: DemoOptions): Promise<boolean> {
  const client = createClient({ baseUrl: url, ...(token === null ? {} : { token }) });
  const known = (await client.listApps()).find((app) => app.name === appName);
  const app =
    known ??
    (await client.createApp({
      name: appName,
      repoUrl: await exampleRepository(example, join(dataDir, "demo", appName)),
      healthCheckPath: "/healthz",
    }));
  if (app.live_deployment_id === null) {
    const deployment = await client.createDeployment({ appId: app.id });
    screen.write(`Deploying ${appName}, deployment ${deployment.id}\n`);
    const view = createProgressView({
      write: (text) => void screen.write(text),
      interactive: screen.isTTY === true,
      columns: () => screen.columns,
    });
    const store = watchDeployment(client, deployment.id);
    const unsubscribe = store.subscribe(() => view.show(store.getSnapshot()));
    const { deployment: last } = await store.finished;
    unsubscribe();
    if (last?.stage !== "success") {
      screen.write(`The deployment ended ${last?.stage ?? "unknown"}: ${last?.error_message ?? ""}\n`);
      return false;
    }
  }
  return announce(await client.showApp(app.id), url, screen);
}

async function announce(app: App, url: string, screen: DemoOptions["screen"]): Promise<boolean> {
  screen.write(`\n  The app        ${app.url}\n  or             ${app.direct_url}\n  The dashboard  ${url}\n\n`);
  const answer = await fetch(app.direct_url ?? app.url ?? url).catch(() => null);
  if (answer?.ok) return true;
  screen.write(`The app does not answer at ${app.direct_url}: ${answer?.status ?? "no connection"}\n`);
  return false;
}
