import type { Deployment } from "@slipway/monitor/client";
import { accepted, asked } from "../command/accepted.ts";
import type { Command, Given } from "../command/command.ts";
import type { Context } from "../command/context.ts";
import { deploymentArgument, override, reason, timeoutOf, wait } from "../command/options.ts";
import { follow } from "../command/watching.ts";
import { findDeployment } from "../repository/find.ts";
import { exit, UsageError } from "../system/failure.ts";

const argument = {
  ...deploymentArgument,
  required: true,
  summary: "Deployment number, or an app for its latest deployment",
};

const subject = async (context: Context, given: Given): Promise<Deployment> => {
  timeoutOf(given);
  return findDeployment(context, given.required("deployment"));
};

export const cancel: Command = {
  name: "cancel",
  summary: "Cancel a deployment",
  description: `The deployment is cancelled once everything it runs has stopped; it may still succeed. While it is deploying, the previous release is restored.
With --wait, the exit status is 0 only if the deployment was cancelled.`,
  arguments: [argument],
  options: [reason, ...wait],
  examples: ["cancel 12", "cancel shop --wait"],
  run: async (context, given) => {
    const { id } = await subject(context, given);
    const deployment = await context.client.cancelDeployment(id, given.text("reason"));
    const last = given.has("wait") ? await quietly(context, given, id) : deployment;
    if (context.json) context.printJson(last);
    else
      context.print(
        given.has("wait") ? `Deployment ${id} is ${last.stage}.\n` : `Deployment ${id} is being cancelled.\n`,
      );
    return given.has("wait") && last.stage !== "cancelled" ? exit.notSuccess : exit.done;
  },
};

function quietly(context: Context, given: Given, id: number): Promise<Deployment> {
  return follow(context, id, { show: () => {}, leave: () => {} }, { timeoutMs: timeoutOf(given) });
}

export const retry: Command = {
  name: "retry",
  summary: "Retry a failed, cancelled or superseded deployment",
  description: "Deploys the same commit. An image that was already built is reused.",
  arguments: [argument],
  options: [override, ...wait],
  examples: ["retry 12 --wait"],
  run: async (context, given) => {
    const { id, app_id } = await subject(context, given);
    const deployment = await context.client.retryDeployment(id, given.text("override"));
    const { name } = await context.client.showApp(app_id);
    return accepted(context, given, deployment, asked(deployment, name));
  },
};

export const approve: Command = {
  name: "approve",
  summary: "Approve a deployment",
  arguments: [argument],
  options: [reason, override, ...wait],
  examples: ["approve 12", "approve shop --wait"],
  run: async (context, given) => {
    const { id } = await waiting(context, given);
    const deployment = await context.client.approveDeployment(id, given.text("reason"), given.text("override"));
    return accepted(context, given, deployment, `Deployment ${id} is approved.`);
  },
};

export const reject: Command = {
  name: "reject",
  summary: "Reject a deployment that is waiting for approval",
  arguments: [argument],
  options: [reason],
  examples: ["reject 12 --reason 'not on a Friday'"],
  run: async (context, given) => {
    const { id } = await waiting(context, given);
    const deployment = await context.client.rejectDeployment(id, given.text("reason"));
    if (context.json) return context.printJson(deployment);
    return context.print(`Deployment ${id} is rejected.\n`);
  },
};

/** Of an app the one that waits, which need not be the newest. */
async function waiting(context: Context, given: Given): Promise<Deployment> {
  const found = await subject(context, given);
  const isNumber = /^#?\d+$/.test(given.required("deployment"));
  if (isNumber || found.stage === "awaiting_approval") return found;
  const { items } = await context.client.listDeployments({ appId: found.app_id, stage: "awaiting_approval", limit: 1 });
  const [waits] = items;
  if (waits !== undefined) return waits;
  throw new UsageError(
    `No deployment of ${given.required("deployment")} is waiting for approval.`,
    `Run slipway list ${given.required("deployment")} to see its deployments.`,
  );
}
