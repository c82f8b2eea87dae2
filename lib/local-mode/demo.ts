import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { type App, createClient, watchDeployment } from "@slipway/monitor/client";
import { createProgressView } from "slipway/terminal/progress";
import { exampleRepository } from "./example-repository.ts";
import { appBlock } from "./screen.ts";

export interface DemoOptions {
  readonly url: string;
  /** The folder of the example application. */
  readonly example: string;
  readonly dataDir: string;
  readonly token: string | null;
  /** What signs the certificates of apps that have a domain. */
  readonly authorityFile: string | null;
  readonly screen: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
}

const appName = "hello";

/** Registers the bundled example, deploys it before everybody's eyes, and says where it answers. `true` if it does. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { url, example, dataDir, token, screen } = options;
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
    view.show(store.getSnapshot());
    unsubscribe();
    if (last?.stage !== "success") {
      screen.write(`The deployment ended ${last?.stage ?? "unknown"}: ${last?.error_message ?? ""}\n`);
      return false;
    }
  }
  return announce(await client.showApp(app.id), options);
}

async function announce({ url, direct_url }: App, options: DemoOptions): Promise<boolean> {
  const { screen, authorityFile } = options;
  screen.write(
    appBlock(
      "Example",
      [url, direct_url].filter((address) => address !== null),
    ),
  );
  const asked = direct_url ?? url ?? "";
  const status = await (direct_url === null && authorityFile !== null ? askByName(asked, authorityFile) : ask(asked));
  if (status !== null && status >= 200 && status < 300) return true;
  screen.write(`The app does not answer at ${asked}: ${status ?? "no connection"}\n`);
  return false;
}

/** The status of the answer; `null`: there is none. */
const ask = (url: string): Promise<number | null> =>
  fetch(url).then(
    ({ status }) => status,
    () => null,
  );

/** The same at this machine, whatever the name resolves to. */
function askByName(url: string, authorityFile: string): Promise<number | null> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve) => {
    const at = { host: "127.0.0.1", port, servername: hostname, ca: readFileSync(authorityFile), agent: false };
    const asking = request({ ...at, headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? null);
    });
    asking.once("error", () => resolve(null));
    asking.end();
  });
}
