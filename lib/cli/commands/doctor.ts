import { inlineText } from "../../terminal/text.ts";
import type { Command } from "../command.ts";
import type { Context } from "../context.ts";
import type { Finding } from "../doctor/finding.ts";
import { exit } from "../failure.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "looks what is wrong: server, token, live updates, deployments that hang",
  description: `For "logs do not stream", "the status does not change" and "it is stuck in pending". It changes nothing.
Exit status 0 if all is well, 3 if not.`,
  examples: ["doctor", "doctor --json"],
  run: async (context) => {
    const findings = await examine(context);
    if (context.json) context.printJson(findings);
    else context.print(findings.map((finding) => shown(context, finding)).join(""));
    return findings.some(({ outcome }) => outcome === "wrong") ? exit.unavailable : exit.done;
  },
};

/** One after the other, as far as it makes sense: where nobody answers there is no token to judge. */
async function examine(context: Context): Promise<readonly Finding[]> {
  const [machine, server, sockets, deployments] = await Promise.all([
    import("../doctor/machine.ts"),
    import("../doctor/server.ts"),
    import("../doctor/sockets.ts"),
    import("../doctor/deployments.ts"),
  ]);
  const { world, client } = context;
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(new URL(client.baseUrl).hostname);
  const here = [machine.checkNode(world), await machine.checkGit(world), await machine.checkEngine(world, isLocal)];
  const there = await server.checkServer(world, client);
  if (there.some(({ outcome }) => outcome === "wrong")) return [...here, ...there];
  const { finding, me } = await server.checkIdentity(client);
  if (me === null) return [...here, ...there, finding];
  const apps = await client.listApps();
  return [
    ...here,
    ...there,
    finding,
    await sockets.checkSockets(client),
    await server.checkWebhook(client, apps),
    ...deployments.checkNotices(apps),
    ...(await deployments.checkDeployments(client, apps, world.now())),
  ];
}

const marks = { well: "✓", wrong: "✗", skipped: "–" } as const;
const styles = { well: "green", wrong: "red", skipped: "dim" } as const;

function shown({ color }: Context, { check, outcome, says, advice }: Finding): string {
  const head = `${color(styles[outcome], marks[outcome])} ${check}: ${inlineText(says)}\n`;
  return advice === null ? head : `${head}    ${color("dim", advice)}\n`;
}
