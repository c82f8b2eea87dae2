import { accepted } from "../command/accepted.ts";
import type { Command } from "../command/command.ts";
import { appArgument, override, reason, releaseCommand, timeoutOf, wait } from "../command/options.ts";
import { findApp } from "../repository/find.ts";

export const restart: Command = {
  name: "restart",
  summary: "Redeploy the live release with the present settings",
  description: `Releases the live image again, without a build, so that changed settings and secrets take effect.
If the app requires approval, the deployment waits for it.`,
  arguments: [appArgument],
  options: [releaseCommand, reason, override, ...wait],
  examples: ["restart", "restart shop --wait --reason 'new API key'"],
  run: async (context, given) => {
    timeoutOf(given);
    const app = await findApp(context, given.argument("app"));
    const deployment = await context.client.redeployApp(app.id, {
      reason: given.text("reason"),
      override: given.text("override"),
      releaseCommand: given.has("release-command") || undefined,
    });
    const changes = app.pending_changes.length === 0 ? "" : ` with new settings: ${app.pending_changes.join(", ")}`;
    const message = `Deployment ${deployment.id} redeploys ${app.name}${changes}.`;
    return accepted(context, given, deployment, message);
  },
};
