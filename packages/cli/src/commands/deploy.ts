import type { App } from "@slipway/monitor/client";
import { accepted, asked } from "../accepted.ts";
import type { Command, Given } from "../command.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { appArgument, patienceOf, reason, wait } from "../options.ts";
import { addressKey } from "../repository/address.ts";
import { findApp, placeOf } from "../repository/find.ts";
import { readWorkTree, resolveCommit } from "../repository/git.ts";

export const deploy: Command = {
  name: "deploy",
  summary: "deploys an app: the head of its branch, or a certain commit",
  description: `Without --wait it ends as soon as the request is stored. With it, log and progress are shown to the end,
and the exit status is 0 only if the new version serves: that is all that a CI step needs.`,
  arguments: [appArgument],
  options: [
    { name: "commit", value: "commit", summary: "a hash, or any name of a commit that git knows here" },
    { name: "branch", value: "branch", summary: "another one than the app's" },
    reason,
    { name: "idempotency-key", value: "key", summary: "the same key again is the same deployment, for 24 hours" },
    ...wait,
  ],
  examples: ["deploy", "deploy shop --wait", "deploy shop --commit HEAD~1 --reason 'the last good one'"],
  run: async (context, given) => {
    patienceOf(given);
    const app = await findApp(context, given.argument("app"));
    const request = {
      appId: app.id,
      commit: await commitOf(context, given, app),
      branch: given.text("branch"),
      reason: given.text("reason"),
    };
    const deployment = await context.client.createDeployment(request, given.text("idempotency-key"));
    return accepted(context, given, deployment, asked(deployment, app.name));
  },
};

/** All 40 characters of what a person calls a commit, by the app's own repository. */
async function commitOf({ world }: Context, given: Given, app: App): Promise<string | undefined> {
  const name = given.text("commit");
  if (name === undefined || /^[0-9a-f]{40}$/.test(name)) return name;
  const whole = "Give all 40 characters of its hash, or run this in the app's repository.";
  const tree = await readWorkTree(world);
  const isOwn = tree !== null && placeOf(tree).addresses.map(addressKey).includes(addressKey(app.repo_url));
  if (!isOwn)
    throw new UsageError(`This is not the repository of ${app.name}, which could say what ${name} is.`, whole);
  const hash = await resolveCommit(world, tree, name);
  if (hash === null) throw new UsageError(`git knows no commit ${name} here.`, `git fetch may bring it. ${whole}`);
  return hash;
}
