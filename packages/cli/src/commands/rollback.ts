import { type App, type Release, shortHash } from "@slipway/monitor/client";
import { accepted } from "../command/accepted.ts";
import { agreeOnChanges } from "../command/changes.ts";
import type { Command, Given } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { idOf, override, reason, releaseCommand, timeoutOf, wait, yes } from "../command/options.ts";
import { appNamed } from "../repository/find.ts";
import { UsageError } from "../system/failure.ts";

export const rollback: Command = {
  name: "rollback",
  summary: "Roll back to an earlier release without a build",
  description: `Releases the image and configuration of an earlier deployment again, as a new deployment.
The app's settings do not change: those that differ take effect with the next deployment.
Unless the app's after-rollback setting is resume, new pushes are skipped until someone deploys or unpins the app.`,
  arguments: [
    { name: "app", summary: "App name or number", required: true, completes: "app" },
    {
      name: "deployment",
      summary: "Deployment number (default: the release before the live one)",
      required: false,
      completes: "deployment",
    },
  ],
  options: [
    {
      name: "configuration",
      value: "which",
      choices: ["as_released", "current"],
      summary: "Settings and secrets of that release (as_released, the default) or the app's present ones (current)",
    },
    releaseCommand,
    reason,
    override,
    yes,
    ...wait,
  ],
  examples: [
    "rollback shop",
    "rollback shop 9 --wait --reason 'checkout is broken'",
    "rollback shop --configuration current",
  ],
  run: async (context, given) => {
    timeoutOf(given);
    const app = appNamed(await context.client.listApps(), given.required("app"));
    const wanted = given.argument("deployment");
    const configuration = configurationOf(given);
    const id = wanted === undefined ? await before(context, app, configuration) : idOf(wanted);
    const target = await context.client.showDeployment(id);
    if (target.app_id !== app.id)
      throw new UsageError(
        `Deployment ${id} does not belong to ${app.name}.`,
        `Run slipway list ${app.name} to see its deployments.`,
      );
    const question = `Roll ${app.name} back to deployment ${id} (${shortHash(target.commit_hash)})?`;
    await agreeOnChanges(context, given, app, { deploymentId: id, configuration }, question);
    const deployment = await context.client.rollbackDeployment(id, {
      reason: given.text("reason"),
      configuration,
      override: given.text("override"),
      releaseCommand: given.has("release-command") || undefined,
    });
    const from = app.live_deployment_id === null ? "" : ` from ${app.live_deployment_id}`;
    const message = `Deployment ${deployment.id} rolls ${app.name} back${from} to ${id} (${shortHash(target.commit_hash)}).`;
    if (!context.json && app.after_rollback === "hold")
      context.note(
        `Once it is live, pushes to ${app.branch} are held until someone deploys or runs slipway apps unpin ${app.name}.`,
      );
    return accepted(context, given, deployment, message);
  },
};

type Configuration = "as_released" | "current";

function configurationOf(given: Given): Configuration | undefined {
  const which = given.text("configuration");
  if (which === undefined || which === "as_released" || which === "current") return which;
  throw new UsageError(`--configuration: "${which}" is neither as_released nor current.`);
}

/** The deployment whose release was live before the present one, and differs from it in what a rollback restores. */
async function before(context: Context, app: App, configuration: Configuration | undefined): Promise<number> {
  const releases = await context.client.listReleases(app.id);
  const at = releases.findIndex(({ live }) => live);
  const live = releases[at];
  for (const release of releases.slice(at + 1)) {
    const isSame = live !== undefined && (await changesNothing(context, live, release, configuration));
    if (!isSame) return release.deployment_id;
  }
  throw new UsageError(
    `${app.name} has no release before the live one that differs from it.`,
    `Run slipway list ${app.name} to see its deployments.`,
  );
}

/** Whether two releases have one image and, where that is restored, one configuration. */
async function changesNothing(
  { client }: Context,
  live: Release,
  earlier: Release,
  configuration: Configuration | undefined,
): Promise<boolean> {
  if (earlier.image_digest !== live.image_digest) return false;
  if (configuration === "current") return true;
  const both = await Promise.all([live, earlier].map(({ deployment_id: id }) => client.showDeployment(id)));
  return both[0]?.configuration === both[1]?.configuration;
}
