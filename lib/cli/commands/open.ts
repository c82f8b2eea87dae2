import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { findApp } from "../repository/find.ts";
import type { World } from "../world.ts";

export const open: Command = {
  name: "open",
  summary: "opens an app, a deployment's page or the dashboard in the browser",
  arguments: [
    {
      name: "what",
      summary: "an app for where it answers, a number for the deployment's page; without it the dashboard",
      required: false,
      completes: "app or deployment",
    },
  ],
  options: [{ name: "print", summary: "only prints the address" }],
  examples: ["open", "open shop", "open 12 --print"],
  run: async (context, given) => {
    const address = await addressOf(context, given.argument("what"));
    if (context.json) return context.printJson({ url: address });
    context.print(`${address}\n`);
    if (!given.has("print") && !(await openInBrowser(context.world, address)))
      context.note("No browser could be opened here; that is the address.");
    return undefined;
  },
};

async function addressOf(context: Context, what: string | undefined): Promise<string> {
  const { url } = context.server;
  if (what === undefined) return `${url}/`;
  if (/^#?\d+$/.test(what)) {
    const { id } = await context.client.showDeployment(Number(what.replace("#", "")));
    return `${url}/deployments/${id}`;
  }
  const app = await findApp(context, what);
  if (app.url === null) throw new UsageError(`${app.name} answers nowhere yet.`, `slipway deploy ${app.name}`);
  return app.url;
}

/** Programs that open an address, by platform; the first that is there does. */
const openers: Readonly<Record<string, readonly (readonly [program: string, ...args: string[]])[]>> = {
  darwin: [["open"]],
  win32: [["explorer.exe"]],
  linux: [["xdg-open"], ["wslview"], ["explorer.exe"]],
};

async function openInBrowser(world: World, address: string): Promise<boolean> {
  // An address of the server's is no word of a command line, whatever it says.
  if (!/^https?:\/\//.test(address)) return false;
  for (const [program, ...args] of openers[world.platform] ?? openers.linux ?? []) {
    const { code } = await world.run(program, [...args, address], { timeoutMs: 5_000 });
    // Explorer answers 1 when it has done what it was asked.
    if (code === 0 || (program === "explorer.exe" && code === 1)) return true;
  }
  return false;
}
