import { RequestError, UnreachableError } from "@slipway/monitor/client";
import type { Context } from "../command/context.ts";
import { exit } from "../system/failure.ts";
import { unreachable } from "../system/unreachable.ts";
import { listApps } from "./apps.ts";

/** `slipway` alone: the apps for who is signed in, and for others how to begin. */
export async function overview(context: Context): Promise<number> {
  try {
    const apps = await listApps(context);
    if (!context.json && apps > 0)
      context.note("\nRun slipway up to deploy the commit you have checked out, or slipway --help.");
    return exit.done;
  } catch (error) {
    const why = reasonOf(context, error);
    if (why === null || context.json) throw error;
    context.print(`${why}\n\n${beginning}`);
    return exit.unavailable;
  }
}

/** Why nothing can be shown before somebody signs in; `null`: that is not why. */
function reasonOf({ server, deps }: Context, error: unknown): string | null {
  if (error instanceof UnreachableError) return unreachable(error, deps.env).sentence;
  return error instanceof RequestError && error.status === 401 ? `You are not signed in to ${server.url}.` : null;
}

const beginning = `To begin:
  npm start                      in a checkout of Slipway: runs it on this machine, no sign-in needed
  slipway login https://…        sign in to a server
  slipway up                     then, in a Git repository: create its app and deploy it

Run slipway --help for all commands, or slipway doctor if something should work and doesn't.
`;
