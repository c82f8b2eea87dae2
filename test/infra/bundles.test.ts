import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, test } from "@jest/globals";
import { DockerImage } from "aws-cdk-lib";
import { functionSize } from "../../bench/functions.ts";
import { bundle } from "../../lib/infra/bundle.ts";
import { functionNames } from "../../lib/infra/functions.ts";
import { functions } from "./synthesized.ts";

const kilobyte = 1000;
/** Everybody waits for the authorizers, so they get less. */
const budgetOf = (name: string): number => (name.endsWith("-authorize") ? 400 : 950) * kilobyte;
/** Variables with fewer values than any text. */
const chosen = {
  AUTH_MODE: "required",
  LOCAL_REPOSITORIES: "refused",
  LOCAL_ENDPOINTS: "refused",
  MAX_CONCURRENT_BUILDS: "10",
  MAX_HELD_READS: "4",
  TASK_PUBLIC_ADDRESS: "assigned",
};
const addresses = { GITHUB_URL: "https://github.com", GITHUB_API_URL: "https://api.github.com" };

const directory = mkdtempSync(join(tmpdir(), "slipway-bundles-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function bundled(name: string): string {
  const file = join(directory, `${name}.mjs`);
  const { bundling } = bundle(`functions/${name}/index.ts`, `${name}.mjs`);
  bundling.local?.tryBundle(directory, { image: DockerImage.fromRegistry("scratch") });
  return file;
}

/** With the variables that the template gives it, and what Lambda itself sets. */
function environmentOf(name: string): Record<string, string> {
  const given = Object.keys(functions().find((one) => one.name === name)?.environment ?? {});
  return {
    ...Object.fromEntries(given.map((key) => [key, key])),
    ...chosen,
    ...addresses,
    AWS_REGION: "eu-west-1",
    NODE_OPTIONS: "",
  };
}

/** What the module exports as `handler`, loaded where there is nothing but Node and Lambda's one global. */
function loaded(file: string, env: Record<string, string>): Promise<unknown> {
  const code = `
    globalThis.awslambda = { streamifyResponse: (handler) => handler };
    import(${JSON.stringify(pathToFileURL(file).href)})
      .then((module) => require("node:worker_threads").parentPort.postMessage(typeof module.handler));`;
  return new Promise((done, fail) => {
    const worker = new Worker(code, { eval: true, env, execArgv: [], stdout: true, stderr: true });
    worker.once("message", (kind) => void worker.terminate().then(() => done(kind)));
    worker.once("error", fail);
  });
}

/** A handler with the same SDK clients and nothing else is 1. What comes on top is zod, Powertools, and what Slipway is. */
const largestRatio = 2.1;

describe.each(functionNames)("the bundle of %s", (name) => {
  test("loads little more than its SDK clients when it starts", async () => {
    const { bytes, minimalBytes } = await functionSize(name);
    expect(bytes / minimalBytes).toBeLessThan(largestRatio);
  });

  test("stays within its budget and loads with the environment that the template gives it", async () => {
    const file = bundled(name);
    expect(statSync(file).size).toBeLessThan(budgetOf(name));
    expect(await loaded(file, environmentOf(name))).toBe("function");
    // Such an import would load what hardly any invocation needs.
    expect(readFileSync(file, "utf8")).not.toMatch(/(?:from|import)\s*"(?:node:)?https?"/);
  });
});
