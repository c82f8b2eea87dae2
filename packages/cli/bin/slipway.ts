#!/usr/bin/env node
import slipway from "../package.json" with { type: "json" };
import { main } from "../src/main.ts";
import { nodeDeps } from "../src/system/node-deps.ts";

// Whoever reads no more, as `| head` does, is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}

const status = await main(process.argv.slice(2), nodeDeps(), slipway.version);
// A socket or a question that still lingers keeps nobody waiting, once everything is written.
process.stdout.write("", () => process.stderr.write("", () => process.exit(status)));
