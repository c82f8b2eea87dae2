import type { App, Deployment } from "@slipway/monitor/client";
import type { Context } from "../command/context.ts";
import { UsageError } from "../system/failure.ts";
import { readWorkTree, type WorkTree } from "./git.ts";
import { appsAt, type Place } from "./match.ts";

/** The app that is called so, by name or number; without a name the one of the repository around. */
export async function findApp(context: Context, name: string | undefined): Promise<App> {
  const apps = await context.client.listApps();
  return name === undefined ? appHere(context, apps) : appNamed(apps, name);
}

export function appNamed(apps: readonly App[], name: string): App {
  const found = apps.find((app) => app.name === name) ?? apps.find((app) => String(app.id) === name.replace(/^#/, ""));
  if (found !== undefined) return found;
  throw new UsageError(`There is no app ${name}.`, adviceOn(apps, ""));
}

/** So many names are read at a glance; more than these a list shows better. */
const mostNames = 5;
const firstApp = "There are no apps yet. Run slipway up in a Git repository to create one and deploy it.";

/** Which apps there are. `invitation`: what to do with one of them. */
function adviceOn(apps: readonly App[], invitation: string): string {
  if (apps.length === 0) return firstApp;
  const names = apps.map(({ name }) => name).toSorted();
  const known = names.length > mostNames ? "" : ` Your app${names.length === 1 ? " is" : "s are"} ${listed(names)}.`;
  return `${invitation}${known} Run slipway apps to see ${names.length === 1 ? "it" : "them"}.`.trim();
}

async function appHere(context: Context, apps: readonly App[]): Promise<App> {
  const tree = await readWorkTree(context.deps);
  if (tree === null) throw new UsageError("Which app? This is not a Git repository.", adviceOn(apps, "Name an app."));
  const [app, ...others] = appsAt(apps, placeOf(tree));
  if (app === undefined)
    throw new UsageError(
      "There is no app for this repository.",
      apps.length === 0
        ? "Run slipway up to create one and deploy it."
        : adviceOn(apps, "Run slipway up to create one and deploy it, or name another app."),
    );
  if (others.length === 0) return app;
  const names = [app, ...others].map(({ name }) => name).toSorted();
  throw new UsageError(`Which app? ${listed(names)} use this repository.`, `Name one, for example ${names[0]}.`);
}

export const placeOf = ({ remotes, root, branch, directory }: WorkTree): Place => ({
  addresses: [...remotes.map(({ address }) => address), root],
  branch,
  directory,
});

/** The deployment of that number; of an app, by its name or by the repository around, the newest one. */
export async function findDeployment(context: Context, name: string | undefined): Promise<Deployment> {
  const number = /^#?([1-9]\d{0,15})$/.exec(name ?? "")?.[1];
  if (number !== undefined) return context.client.showDeployment(Number(number));
  const app = await findApp(context, name);
  const { items } = await context.client.listDeployments({ appId: app.id, limit: 1 });
  const [newest] = items;
  if (newest !== undefined) return newest;
  throw new UsageError(`${app.name} has not been deployed yet.`, `Run slipway deploy ${app.name} to deploy it.`);
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
