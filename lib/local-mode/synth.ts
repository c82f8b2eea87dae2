import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Processes } from "@slipway/local-aws/containers/processes/processes";
import * as z from "zod";
import { derived } from "../checkout/derived.ts";

/** All that the template and the bundles are made from. */
export const templateInputs = [
  "bin/app.ts",
  "cdk.json",
  "docs/asyncapi.json",
  "docs/decisions",
  "docs/openapi.json",
  "functions",
  "lib/adapters",
  "lib/api",
  "lib/build",
  "lib/contract",
  "lib/core",
  "lib/docs-site",
  "lib/infra",
  "package-lock.json",
  "packages/monitor/src/stages.ts",
  "packages/text",
];

/** What `cdk synth` leaves behind, as far as the local mode needs it. */
export interface Assembly {
  readonly stackName: string;
  readonly template: unknown;
  /** The parsed `<Stack>.assets.json`. */
  readonly assets: unknown;
  /** Where the assembly lies, absolute; the paths in `assets` are relative to it. */
  readonly directory: string;
}

export interface SynthTools {
  /** So that no synthesis outlives the local mode. */
  readonly processes: Pick<Processes, "spawn">;
  /** The environment of the CDK app; `PATH` is searched after the directory of this Node. */
  readonly env: Readonly<Record<string, string>>;
  /** Added to the context of `cdk.json`, as `-c` does. */
  readonly context?: Readonly<Record<string, string>>;
}

const CdkJson = z.looseObject({ app: z.string(), context: z.record(z.string(), z.unknown()).default({}) });
const Manifest = z.looseObject({
  artifacts: z.record(
    z.string(),
    z.looseObject({ type: z.string(), properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});
const StackProperties = z.looseObject({ templateFile: z.string(), stackName: z.string().optional() });
const AssetsProperties = z.looseObject({ file: z.string() });

/** How much of a failed synthesis's output is shown. */
const SHOWN_CHARACTERS = 4000;

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

/** Reads a cloud assembly with exactly one stack. */
function readAssembly(directory: string): Assembly {
  const artifacts = Object.entries(Manifest.parse(readJson(join(directory, "manifest.json"))).artifacts);
  const stacks = artifacts.filter(([, { type }]) => type === "aws:cloudformation:stack");
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1) {
    throw new Error(`The CDK app must have one stack; it has ${stacks.map(([name]) => name).join(", ") || "none"}.`);
  }
  const [id, { properties }] = stack;
  const { templateFile, stackName = id } = StackProperties.parse(properties);
  const manifest = artifacts.find(([name, { type }]) => type === "cdk:asset-manifest" && name === `${id}.assets`);
  const assets =
    manifest === undefined ? {} : readJson(join(directory, AssetsProperties.parse(manifest[1].properties).file));
  return { stackName, template: readJson(join(directory, templateFile)), assets, directory };
}

/** Runs the app that `cdk.json` names as the CDK command line would, without the second that the command line takes to start. */
async function runApp(
  root: string,
  directory: string,
  { processes, env, context: added = {} }: SynthTools,
): Promise<void> {
  const { app, context } = CdkJson.parse(readJson(join(root, "cdk.json")));
  let output = "";
  const { exited } = processes.spawn("/bin/sh", ["-c", app], {
    cwd: root,
    env: {
      ...env,
      PATH: `${dirname(process.execPath)}:${env.PATH ?? "/usr/bin:/bin"}`,
      CDK_OUTDIR: directory,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...added }),
      // Nothing is deployed: what the validation finds, the tests of the infrastructure find too.
      CDK_VALIDATION: "false",
    },
    onOutput: (chunk) => {
      output = (output + chunk.toString("utf8")).slice(-SHOWN_CHARACTERS);
    },
  });
  const { code, signal } = await exited;
  if (code !== 0) throw new Error(`The CDK app "${app}" ended with ${code ?? signal}:\n${output.trim()}`);
}

/**
 * The cloud assembly of the checkout `root`, made below `outDir` unless it lies there already for the very same inputs.
 * Two local modes may ask at once. Throws an error with the app's own output when it fails.
 */
export async function synthesized(root: string, outDir: string, tools: SynthTools): Promise<Assembly> {
  const make = (directory: string) => runApp(root, directory, tools);
  const added = Object.entries(tools.context ?? {}).map((pair) => pair.join("="));
  return readAssembly(await derived(root, { inputs: templateInputs, outDir: join(outDir, ...added), make }));
}
