import { join } from "node:path";
import { derived } from "./derived.ts";

/** All that the dashboard is built from. */
export const dashboardInputs = [
  "lib/contract",
  "lib/core",
  "lib/dashboard",
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
    make: (directory) =>
      run([
        join(root, "node_modules/vite/bin/vite.js"),
        "build",
        join(root, "lib/dashboard"),
        "--outDir",
        directory,
        "--logLevel",
        "warn",
      ]),
  });
}
