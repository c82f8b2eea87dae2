import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { cdkOf } from "../lib/checkout/cdk.ts";
import { dashboardOf } from "../lib/checkout/dashboard.ts";
import { exampleRepository } from "../lib/local-mode/example-repository.ts";
import { keepBuildKit } from "../lib/operator/builder-image.ts";
import { readSmokeFlags, smokeUsage } from "../lib/operator/flags.ts";
import { endRefused } from "../lib/operator/refused.ts";
import { targetOf } from "../lib/operator/target.ts";
import { processTerminal } from "../lib/operator/terminal.ts";
import { clientsFor } from "../lib/operator/uninstall/clients.ts";
import { Interrupted } from "../lib/smoke/run.ts";
import { smoke } from "../lib/smoke/smoke.ts";
import { sourceOf } from "../lib/smoke/source.ts";

/** Tries Slipway out, in an AWS account or on a server that is there, and cleans up. */

const root = resolve(import.meta.dirname, "..");

/** The first interruption cleans up, the second one ends. */
function interruptions(): AbortSignal {
  const first = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (first.signal.aborted) {
        process.stderr.write("\nIt was ended before everything was deleted. Run npm run smoke again to go on.\n");
        process.exit(130);
      }
      process.stderr.write("\nCleaning up. Interrupt once more to end at once.\n");
      first.abort(new Interrupted());
    });
  }
  return first.signal;
}

if (process.argv.some((word) => word === "--help" || word === "-h")) {
  process.stdout.write(`${smokeUsage}\n`);
} else {
  try {
    const flags = readSmokeFlags(process.argv.slice(2), process.env);
    const target = flags.url === null ? await targetOf(flags, process.env) : null;
    const copy = () => exampleRepository(join(root, "examples/smoke"), join(resolve(flags.data), "repository"));
    process.exitCode = await smoke(flags, {
      target,
      clients: clientsFor(
        target ?? { region: "none", credentials: async () => Promise.reject(new Error("No account.")) },
      ),
      terminal: processTerminal(),
      source: () => sourceOf(flags, { root, copy }),
      webhookSecret: process.env.SLIPWAY_GITHUB_WEBHOOK_SECRET ?? null,
      randomHex: (length) => randomBytes(length).toString("hex").slice(0, length),
      versions: {
        slipway: JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version,
        node: process.versions.node,
      },
      cdk: cdkOf(root),
      buildDashboard: () => dashboardOf(root),
      newToken: () => randomBytes(32).toString("hex"),
      keepBuildKit,
      now: Date.now,
      interrupted: interruptions(),
    });
  } catch (error) {
    endRefused(error);
  }
}
