import { type App, type Freeze, RequestError } from "@slipway/monitor/client";
import { inlineText } from "@slipway/text/inert";
import type { Context } from "./context.ts";

/** The freeze that counts now. `null`: there is none, or the server does not say, which keeps nobody from anything. */
export async function currentFreeze({ client }: Context): Promise<Freeze | null> {
  try {
    return await client.showFreeze();
  } catch (error) {
    if (error instanceof RequestError) return null;
    throw error;
  }
}

/** Until when, by whom and why. */
export const frozen = ({ until, actor, reason }: Freeze): string =>
  inlineText(`Deployments are frozen until ${minuteOf(until)} by ${actor}: ${reason}`);

/** Why pushes to an app are not deployed, in a sentence each; none where they are. */
export function holdsOf({ name, auto_deploy, paused, pause_reason, pinned, pinned_by }: App): readonly string[] {
  const since = paused === null ? "" : ` since ${minuteOf(paused.at)} by ${paused.by}`;
  const why = pause_reason === null ? "" : `: ${pause_reason}`;
  return [
    ...(auto_deploy ? [] : [`Automatic deploys of ${name} are paused${since}${why}`]),
    ...(pinned ? [`Pushes to ${name} are held since a rollback${pinned_by === null ? "" : ` by ${pinned_by}`}`] : []),
  ].map(inlineText);
}

/** `2026-11-30 08:00 UTC`. */
const minuteOf = (timestamp: string): string => `${timestamp.slice(0, 16).replace("T", " ")} UTC`;
