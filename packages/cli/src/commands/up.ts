import { type App, shortHash } from "@slipway/monitor/client";
import { asked } from "../command/accepted.ts";
import type { Command, Given } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { override, reason, timeout, timeoutOf, yes } from "../command/options.ts";
import { waitForEnd, watchToEnd } from "../command/watching.ts";
import { addressKey, isLocal } from "../repository/address.ts";
import { appNamed, placeOf } from "../repository/find.ts";
import { isDirty, isWithin, remoteHas, type WorkTree } from "../repository/git.ts";
import { appsAt } from "../repository/match.ts";
import { Cancelled, UsageError } from "../system/failure.ts";
import { create, proposed, shown, workTree } from "./init.ts";

export const up: Command = {
  name: "up",
  summary: "Deploy the checked-out commit and watch it",
  description: `If there is no app for this repository and directory, it proposes one, as slipway init does.
The commit must be pushed, or in a repository on this machine if Slipway runs in local mode.`,
  arguments: [
    { name: "app", summary: "App to deploy, if several use this repository", required: false, completes: "app" },
  ],
  options: [yes, reason, override, timeout],
  examples: ["up", "up --yes --timeout 15m"],
  run: async (context, given) => {
    const timeoutMs = timeoutOf(given);
    const tree = await workTree(context);
    const app = await appFor(context, given, tree);
    const commit = await deployable(context, tree, app);
    const branch = await branchFor(context, given, tree, app);
    const request = { appId: app.id, commit, branch, reason: given.text("reason"), override: given.text("override") };
    const deployment = await context.client.createDeployment(request);
    if (context.json) return waitForEnd(context, deployment.id, { timeoutMs });
    context.print(`${asked(deployment, app.name)}\n`);
    return watchToEnd(context, deployment.id, { timeoutMs });
  },
};

/** The app that is meant here; one is made where there is none. */
async function appFor(context: Context, given: Given, tree: WorkTree): Promise<App> {
  const apps = await context.client.listApps();
  const named = given.argument("app");
  if (named !== undefined) return appNamed(apps, named);
  const here = appsAt(apps, placeOf(tree)).filter(({ root_dir }) => isWithin(tree.directory, root_dir));
  const [app, ...others] = here;
  if (app !== undefined && others.length === 0) return app;
  if (app !== undefined) {
    const names = here.map(({ name }) => name).toSorted();
    throw new UsageError(
      `Which app? ${names.join(" and ")} use this repository and directory.`,
      `Run slipway up ${names[0]} to deploy that one.`,
    );
  }
  const { input, proposal } = await proposed(context, given, tree, apps);
  if (!context.json)
    context.print(`There is no app for this directory yet. Proposed app:\n\n${shown(context, proposal, input)}\n`);
  return create(context, given, input);
}

/** The commit that is checked out, if Slipway can clone it. */
async function deployable(context: Context, tree: WorkTree, app: App): Promise<string> {
  const { deps } = context;
  const commit = tree.head ?? "";
  if (await isDirty(deps, tree)) context.note("Warning: there are uncommitted changes. They are not deployed.");
  if (isLocal(app.repo_url) && addressKey(app.repo_url) === addressKey(tree.root)) return commit;
  const remote = tree.remotes.find(({ address }) => addressKey(address) === addressKey(app.repo_url))?.name;
  // Of another repository nobody here can say what it has; Slipway will.
  if (remote === undefined || (await remoteHas(deps, tree, remote, commit))) return commit;
  throw new UsageError(
    `Commit ${shortHash(commit)} is not on ${remote} yet.`,
    tree.branch === null ? "Push it, then run slipway up." : "Run git push, then slipway up.",
  );
}

/** `undefined`: the app's own. Another branch than the one it follows is deployed on purpose only. */
async function branchFor(context: Context, given: Given, { branch }: WorkTree, app: App): Promise<string | undefined> {
  if (branch === null || branch === app.branch) return undefined;
  const question = `${app.name} follows ${app.branch}. Deploy this commit of ${branch} to it?`;
  if (!(await context.confirm(question, given.has("yes")))) throw new Cancelled();
  return branch;
}
