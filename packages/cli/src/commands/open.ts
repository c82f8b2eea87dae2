import { pathToFileURL } from "node:url";
import type { Command } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { localPort } from "../local-access/local-mode.ts";
import { findApp } from "../repository/find.ts";
import { UsageError } from "../system/failure.ts";
import { openInBrowser } from "../terminal/browser.ts";

export const open: Command = {
  name: "open",
  summary: "Open an app, a deployment or the dashboard in the browser",
  description: "For your own local mode, the dashboard link also signs you in. It works once, for ten minutes.",
  arguments: [
    {
      name: "what",
      summary: "App name for the app, number for a deployment (default: the dashboard)",
      required: false,
      completes: "app or deployment",
    },
  ],
  options: [{ name: "print", summary: "Print the URL only" }],
  examples: ["open", "open shop", "open 12 --print"],
  run: async (context, given) => {
    const address = await addressOf(context, given.argument("what"));
    const { url, page = url } = address;
    if (context.json) return context.printJson({ url });
    context.print(`${url}\n`);
    const run = (program: string, args: readonly string[]) => context.deps.run(program, args, { timeoutMs: 5_000 });
    if (!given.has("print") && !(await openInBrowser(run, context.deps.platform, page)))
      context.note("Can't open a browser here. Use the URL above.");
    return undefined;
  },
};

interface Address {
  readonly url: string;
  /** What the browser is led to, where the address itself should not be read by other users. */
  readonly page?: string;
}

async function addressOf(context: Context, what: string | undefined): Promise<Address> {
  if (what === undefined) return dashboardAt(context, "/");
  if (/^#?\d+$/.test(what)) {
    const { id } = await context.client.showDeployment(Number(what.replace("#", "")));
    return dashboardAt(context, `/deployments/${id}`);
  }
  const app = await findApp(context, what);
  if (app.url === null || !/^https?:\/\//.test(app.url))
    throw new UsageError(`${app.name} has no URL yet.`, `Run slipway deploy ${app.name} to deploy it.`);
  if (app.internal)
    throw new UsageError(
      `${app.name} is internal: only other apps reach it, at ${app.url}.`,
      `Run slipway logs ${app.name} to see what it prints.`,
    );
  return { url: app.url };
}

/** Of a local mode of this user it is a link that signs in. */
async function dashboardAt({ server: { url }, deps }: Context, path: string): Promise<Address> {
  const port = localPort(url);
  const asked = port === null ? null : await deps.localAccess.link(port, path);
  if (asked?.outcome !== "answered") return { url: `${url}${path}` };
  return { url: asked.answer.url, page: pathToFileURL(asked.answer.page).href };
}
