import { shortHash } from "@slipway/monitor/client";
import { accepted } from "../command/accepted.ts";
import { agreeOnChanges } from "../command/changes.ts";
import type { Command } from "../command/command.ts";
import { idOf, override, reason, timeoutOf, wait, yes } from "../command/options.ts";
import { appNamed } from "../repository/find.ts";
import { UsageError } from "../system/failure.ts";

export const promote: Command = {
  name: "promote",
  summary: "Release an image of one app in another, without a build",
  description: `Releases exactly the image that runs in the first app, with the settings and secrets of the second one.
If that app requires approval, the deployment waits for it.`,
  arguments: [
    { name: "from", summary: "App to promote from: name or number", required: true, completes: "app" },
    { name: "to", summary: "App to release in: name or number", required: true, completes: "app" },
    {
      name: "deployment",
      summary: "Deployment number (default: the live one of the first app)",
      required: false,
      completes: "deployment",
    },
  ],
  options: [reason, override, yes, ...wait],
  examples: ["promote staging production", "promote staging production 41 --wait"],
  run: async (context, given) => {
    timeoutOf(given);
    const apps = await context.client.listApps();
    const [from, to] = [appNamed(apps, given.required("from")), appNamed(apps, given.required("to"))];
    if (from.id === to.id)
      throw new UsageError(
        `${from.name} can't be promoted to itself.`,
        `Run slipway rollback ${from.name} to release an earlier deployment of it again.`,
      );
    const wanted = given.argument("deployment");
    const id = wanted === undefined ? from.live_deployment_id : idOf(wanted);
    if (id === null)
      throw new UsageError(`${from.name} has no live release.`, `Run slipway deploy ${from.name} first.`);
    const origin = await context.client.showDeployment(id);
    if (origin.app_id !== from.id)
      throw new UsageError(
        `Deployment ${id} does not belong to ${from.name}.`,
        `Run slipway list ${from.name} to see its deployments.`,
      );
    const question = `Release ${id} of ${from.name} (${shortHash(origin.commit_hash)}) in ${to.name}?`;
    await agreeOnChanges(context, given, to, { deploymentId: id }, question);
    const request = {
      appId: to.id,
      fromDeployment: id,
      reason: given.text("reason"),
      override: given.text("override"),
    };
    const deployment = await context.client.createDeployment(request);
    const message = `Deployment ${deployment.id} releases ${id} of ${from.name} (${shortHash(origin.commit_hash)}) in ${to.name}.`;
    return accepted(context, given, deployment, message);
  },
};
