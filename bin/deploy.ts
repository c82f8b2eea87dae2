import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { cdkOf } from "../lib/checkout/cdk.ts";
import { dashboardOf } from "../lib/checkout/dashboard.ts";
import { keepBuildKit } from "../lib/operator/builder-image.ts";
import { deploy } from "../lib/operator/deploy.ts";
import { deployUsage, readDeployFlags } from "../lib/operator/flags.ts";
import { endRefused } from "../lib/operator/refused.ts";
import { targetOf } from "../lib/operator/target.ts";
import { processTerminal } from "../lib/operator/terminal.ts";

/** Deploys the template to an AWS account, then says what to do next. */

const root = resolve(import.meta.dirname, "..");

/** Ends `cdk` with this process. */
function interruptions(): AbortSignal {
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      interrupted.abort();
      process.stderr.write(
        "\nInterrupted. CloudFormation goes on with what it has begun. Run npm run deploy again: it waits for that, and does the rest.\n",
      );
      process.exit(130);
    });
  }
  return interrupted.signal;
}

if (process.argv.some((word) => word === "--help" || word === "-h")) {
  process.stdout.write(`${deployUsage}\n`);
} else {
  try {
    const flags = readDeployFlags(process.argv.slice(2));
    const cdk = cdkOf(root);
    const interrupted = interruptions();
    await deploy(flags, {
      target: await targetOf(flags, process.env),
      terminal: processTerminal(),
      cdk: (words) => cdk(words, interrupted),
      buildDashboard: () => dashboardOf(root),
      newToken: () => randomBytes(32).toString("hex"),
      keepBuildKit,
    });
  } catch (error) {
    endRefused(error);
  }
}
