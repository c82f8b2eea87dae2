import type { Context } from "../command/context.ts";
import { localPort, refusalBy } from "../local-access/local-mode.ts";
import { type Finding, skipped, well, wrong } from "./finding.ts";

const check = "this machine";

/** Whether the local mode on this machine lets this user in by itself. Where a token is given, it need not. */
export async function checkLocalAccess({ server, deps }: Context): Promise<Finding> {
  const port = localPort(server.url);
  if (port === null || server.token !== null) return skipped(check, "using a token");
  const asked = await deps.localAccess.credentials(port);
  if (asked.outcome === "answered") return well(check, `the local mode of ${asked.data} signs you in over its socket`);
  const refusal = refusalBy(asked);
  if (refusal !== null) return wrong(check, refusal.says, refusal.advice);
  return skipped(check, `you have no local mode on port ${port}; another server there may require a token`);
}
