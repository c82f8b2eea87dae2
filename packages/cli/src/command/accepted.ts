import { type Deployment, headline, shortHash } from "@slipway/monitor/client";
import { inlineText } from "@slipway/text/inert";
import type { Given } from "./command.ts";
import type { Context } from "./context.ts";
import { timeoutOf } from "./options.ts";
import { waitForEnd, watchToEnd } from "./watching.ts";

/** Prints that a deployment was accepted, and with `--wait` watches it to its end. Answers the exit status. */
export async function accepted(
  context: Context,
  given: Given,
  deployment: Deployment,
  message: string,
): Promise<number | undefined> {
  const timeoutMs = timeoutOf(given);
  if (context.json) {
    return given.has("wait") ? waitForEnd(context, deployment.id, { timeoutMs }) : context.printJson(deployment);
  }
  context.print(`${message}\n`);
  if (given.has("wait")) return watchToEnd(context, deployment.id, { timeoutMs });
  context.note(`Run slipway watch ${deployment.id} to watch it.`);
  return undefined;
}

/** `Deployment 12 of shop: Say hello (abc1234)`. */
export function asked(deployment: Deployment, appName: string): string {
  const hash = deployment.commit_hash === "" ? "" : ` (${shortHash(deployment.commit_hash)})`;
  return `Deployment ${deployment.id} of ${appName}: ${inlineText(headline(deployment))}${hash}`;
}
