import { join } from "node:path";
import { createProcesses } from "@slipway/local-aws/containers/processes/processes";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import { derived } from "./derived.ts";
import { nodeRunner } from "./run-node.ts";

/** All that the dashboard and the documentation beside it are built from. */
export const dashboardInputs = [
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "README.md",
  "SECURITY.md",
  "bin/docs-site.ts",
  "docs",
  "lib/contract",
  "lib/core",
  "lib/dashboard",
  "lib/docs-site",
  "package-lock.json",
  "packages/monitor",
  "packages/text",
];

/** Runs a program of Node's; rejects with what it printed when it does not end with 0. */
export type RunNode = (args: readonly string[]) => Promise<void>;

/** The folder with the dashboard's files, built unless they are there for the very same sources. */
export function builtDashboard(root: string, run: RunNode): Promise<string> {
  return derived(root, {
    inputs: dashboardInputs,
    outDir: join(root, "dist/dashboard"),
    make: async (directory) => {
      await run([
        join(root, "node_modules/vite/bin/vite.js"),
        "build",
        join(root, "lib/dashboard"),
        "--outDir",
        directory,
        "--logLevel",
        "warn",
      ]);
      await run([join(root, "bin/docs-site.ts"), directory]);
    },
  });
}

/** {@link builtDashboard}, for a command that runs no other programs. */
export async function dashboardOf(root: string): Promise<string> {
  const makers = createProcesses(systemClock);
  try {
    return await builtDashboard(root, nodeRunner(makers, root, process.env));
  } finally {
    await makers.close();
  }
}
