import type { App } from "@slipway/monitor/client";
import { accepted, asked } from "../command/accepted.ts";
import { agreeOnChanges } from "../command/changes.ts";
import type { Command, Given } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { appArgument, override, reason, timeoutOf, wait, yes } from "../command/options.ts";
import { addressKey } from "../repository/address.ts";
import { findApp, placeOf } from "../repository/find.ts";
import { readWorkTree, resolveCommit } from "../repository/git.ts";
import { UsageError } from "../system/failure.ts";

export const deploy: Command = {
  name: "deploy",
  summary: "Deploy the latest commit, or a specific one",
  description: `Without --wait, the command returns once the request is stored. With --wait, it shows the log and progress,
and exits with status 0 only if the deployment succeeds. Use it as a CI step.`,
  arguments: [appArgument],
  options: [
    { name: "commit", value: "commit", summary: "Commit to deploy: a hash, or any revision that git knows here" },
    { name: "branch", value: "branch", summary: "Branch to deploy (default: the app's branch)" },
    reason,
    override,
    yes,
    { name: "no-cache", summary: "Build every step anew instead of reusing earlier builds" },
    {
      name: "idempotency-key",
      value: "key",
      summary: "Return the same deployment for repeated requests with this key, for 24 hours",
    },
    ...wait,
  ],
  examples: ["deploy", "deploy shop --wait", "deploy shop --commit HEAD~1 --reason 'the last good one'"],
  run: async (context, given) => {
    timeoutOf(given);
    const app = await findApp(context, given.argument("app"));
    const request = {
      appId: app.id,
      commit: await commitOf(context, given, app),
      branch: given.text("branch"),
      reason: given.text("reason"),
      override: given.text("override"),
      ...(given.has("no-cache") ? { buildCache: false } : {}),
    };
    // Of another commit than the head of the app's branch the settings are compared only.
    const of = request.commit === undefined && request.branch === undefined ? "head" : "live";
    await agreeOnChanges(context, given, app, { of }, `Deploy ${app.name}?`);
    const deployment = await context.client.createDeployment(request, given.text("idempotency-key"));
    return accepted(context, given, deployment, asked(deployment, app.name));
  },
};

/** All characters of what a person calls a commit, by the app's own repository. */
async function commitOf({ deps }: Context, given: Given, app: App): Promise<string | undefined> {
  const name = given.text("commit");
  if (name === undefined || /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name)) return name;
  const whole = `use the full hash, or run slipway deploy ${app.name} without --commit to deploy the head of ${app.branch}.`;
  const tree = await readWorkTree(deps);
  const isOwn = tree !== null && placeOf(tree).addresses.map(addressKey).includes(addressKey(app.repo_url));
  if (!isOwn)
    throw new UsageError(
      `Can't resolve ${name}: this is not the repository of ${app.name}.`,
      `Run this in a clone of ${app.repo_url}, ${whole}`,
    );
  const hash = await resolveCommit(deps, tree, name);
  if (hash === null)
    throw new UsageError(`git can't find the commit ${name} here.`, `Run git fetch and try again, ${whole}`);
  return hash;
}
