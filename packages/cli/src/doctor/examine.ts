import type { Context } from "../command/context.ts";
import { checkDeployments, checkNotices } from "./deployments.ts";
import { checkDomain } from "./domain.ts";
import type { Finding } from "./finding.ts";
import { checkLocalAccess } from "./local-access.ts";
import { checkEngine, checkGit, checkNode } from "./machine.ts";
import { checkNetwork } from "./network.ts";
import { checkOrphans } from "./orphans.ts";
import { checkIdentity, checkServer, checkWebhook } from "./server.ts";
import { checkSockets } from "./sockets.ts";

/** Looks at one thing after the other, as far as it makes sense: where nobody answers there is no token to judge. */
export async function examine(context: Context): Promise<readonly Finding[]> {
  const { deps, client } = context;
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(new URL(client.baseUrl).hostname);
  const here = [checkNode(deps), await checkGit(deps), await checkEngine(deps, isLocal)];
  const there = await checkServer(deps, client);
  if (there.some(({ check, outcome }) => check === "server" && outcome === "wrong")) return [...here, ...there];
  const { finding, me } = await checkIdentity(client);
  const you = isLocal ? [await checkLocalAccess(context), finding] : [finding];
  if (me === null) return [...here, ...there, ...you];
  const apps = await client.listApps();
  return [
    ...here,
    ...there,
    ...you,
    await checkSockets(client),
    await checkWebhook(client, apps),
    ...checkNotices(apps),
    ...(await checkDomain(deps, client)),
    ...(await checkNetwork(client, apps)),
    ...(await checkOrphans(client, me)),
    ...(await checkDeployments(client, apps, deps.now())),
  ];
}
