#!/usr/bin/env node
// The command in a checkout, in plain JavaScript: the Node.js that runs it may be the system's, which may read no TypeScript.
// What is published is built from slipway.ts.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

if (process.features.typescript) await import("./slipway.ts");
else {
  const own = fileURLToPath(new URL("../../../node_modules/node/bin/node", import.meta.url));
  if (existsSync(own)) runWith(own);
  else {
    process.stderr.write(
      `In a checkout, slipway needs Node.js 24, and this is ${process.version}. Run npm ci in the checkout, or install Node.js 24.\n`,
    );
    process.exitCode = 2;
  }
}

/** Runs the same command, and ends as it does. A terminal's signals reach both; the command decides what they mean. */
function runWith(node) {
  const script = fileURLToPath(new URL("slipway.ts", import.meta.url));
  const child = spawn(node, [script, ...process.argv.slice(2)], { stdio: "inherit" });
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
