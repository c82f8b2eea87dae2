import { join, resolve } from "node:path";
import { buildCommandLine } from "../lib/checkout/command-line.ts";

/** Builds the command line as a package of its own, which `npx` and `npm install` take. */

const root = resolve(import.meta.dirname, "..");
await buildCommandLine(root, join(root, "dist/cli"));
process.stdout.write("dist/cli is the package: npx ./dist/cli runs it, npm install --global ./dist/cli installs it.\n");
