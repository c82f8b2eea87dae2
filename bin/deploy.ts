import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { createProcesses } from "@slipway/local-aws/containers/processes/processes";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import { builtDashboard } from "../lib/checkout/dashboard.ts";
import { nodeRunner } from "../lib/checkout/run-node.ts";
import { deploy } from "../lib/operator/deploy.ts";
import { deployUsage, readDeployFlags } from "../lib/operator/flags.ts";
import { endRefused } from "../lib/operator/refused.ts";
import { targetOf } from "../lib/operator/target.ts";
import { processTerminal } from "../lib/operator/terminal.ts";

/** Deploys the template to an AWS account, then says what to do next. */

const root = resolve(import.meta.dirname, "..");

function cdk(words: readonly string[]): number {
  const program = join(root, "node_modules/aws-cdk/bin/cdk");
  return spawnSync(process.execPath, [program, ...words], { cwd: root, stdio: "inherit" }).status ?? 1;
}

async function buildDashboard(): Promise<string> {
  const makers = createProcesses(systemClock);
  try {
    return await builtDashboard(root, nodeRunner(makers, root, process.env));
  } finally {
    await makers.close();
  }
}

if (process.argv.some((word) => word === "--help" || word === "-h")) {
  process.stdout.write(`${deployUsage}\n`);
} else {
  try {
    const flags = readDeployFlags(process.argv.slice(2));
    await deploy(flags, {
      target: await targetOf(flags, process.env),
      terminal: processTerminal(),
      cdk,
      buildDashboard,
      newToken: () => randomBytes(32).toString("hex"),
    });
  } catch (error) {
    endRefused(error);
  }
}
