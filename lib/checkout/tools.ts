import { join } from "node:path";
import { bundleTools } from "@slipway/local-aws/containers/docker/tools";
import { derived } from "./derived.ts";

/** All that the programs are made from that builds find as `docker` and `aws`. */
export const toolInputs = [
  "package-lock.json",
  "packages/local-aws/src/containers",
  "packages/local-aws/src/kernel",
  "packages/text",
];

/** The folder with these programs, bundled unless they are there for the very same sources. */
export const builtTools = (root: string): Promise<string> =>
  derived(root, {
    inputs: toolInputs,
    outDir: join(root, "dist/tools"),
    make: async (directory) => bundleTools(directory),
  });
