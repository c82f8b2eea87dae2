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
  const names = apps.map((app) => app.name).toSorted();
  const advice = names.length === 0 ? "There are no apps yet. Create one with slipway init." : `There ${are(names)}.`;
  throw new UsageError(`There is no app ${name}.`, advice);
}

async function appHere(context: Context, apps: readonly App[]): Promise<App> {
  const tree = await readWorkTree(context.deps);
  if (tree === null)
    throw new UsageError(
      "Which app? This is not a Git repository.",
      `Name it: there ${are(apps.map(({ name }) => name))}.`,
    );
  const [app, ...others] = appsAt(apps, placeOf(tree));
  if (app === undefined)
    throw new UsageError("There is no app for this repository.", "Create one with slipway init, or name another app.");
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
  throw new UsageError(`${app.name} has not been deployed yet.`, `slipway deploy ${app.name}`);
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

const are = (names: readonly string[]): string =>
  names.length === 0 ? "are none yet" : `${names.length === 1 ? "is" : "are"} ${listed(names)}`;
