import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type FunctionName, functionNames } from "../../lib/infra/functions.ts";
import { functionSize, writeBoth } from "../functions.ts";
import { type Measurement, summary } from "../measurement.ts";

/** Everybody waits for these: the first request, its authorizer, the worker, and the fan-out. */
const timed: readonly FunctionName[] = ["api-authorize", "api-to-queue", "queue-to-work", "rows-to-sockets"];
const runs = 7;

/** How long a fresh process takes to import a module, in milliseconds. Without their variables functions throw once all is loaded. */
function importMs(file: string): number {
  const code = `
    globalThis.awslambda = { streamifyResponse: (handler) => handler };
    const begun = performance.now();
    await import(${JSON.stringify(pathToFileURL(file).href)}).catch(() => {});
    process.stdout.write(String(performance.now() - begun));`;
  const env = { PATH: process.env.PATH, AWS_REGION: "us-east-1" };
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", code], { env, encoding: "utf8" }));
}

/** What a cold start loads, and how long that takes, beside a handler with nothing but the same SDK clients. */
export async function functions(): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const name of functionNames) {
    const { bytes, minimalBytes } = await functionSize(name);
    const basis = { name: "its SDK clients alone", values: [minimalBytes] };
    measurements.push(summary(`bytes that a start of ${name} loads`, [bytes], basis, "bytes"));
  }
  const directory = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  for (const name of timed) {
    const { whole, minimal } = await writeBoth(name, directory);
    const values: number[] = [];
    const bare: number[] = [];
    for (let run = 0; run < runs; run++) {
      values.push(importMs(whole));
      bare.push(importMs(minimal));
    }
    measurements.push(summary(`import of ${name}`, values, { name: "its SDK clients alone", values: bare }));
  }
  rmSync(directory, { recursive: true });
  return measurements;
}
