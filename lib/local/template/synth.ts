import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import type { Processes } from "../processes/processes.ts";
import { inputsDigest } from "./inputs.ts";

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

/** Assemblies kept beside the present one: another local mode of the checkout may still read its bundles from them. */
const KEPT = 4;
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
async function runApp(root: string, directory: string, { processes, env }: SynthTools): Promise<void> {
  const { app, context } = CdkJson.parse(readJson(join(root, "cdk.json")));
  let output = "";
  const { exited } = processes.spawn("/bin/sh", ["-c", app], {
    cwd: root,
    env: {
      ...env,
      PATH: `${dirname(process.execPath)}:${env.PATH ?? "/usr/bin:/bin"}`,
      CDK_OUTDIR: directory,
      CDK_CONTEXT_JSON: JSON.stringify(context),
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

/** Puts a finished assembly in its place; when someone else was quicker, theirs is as good. */
function publish(temporary: string, directory: string): void {
  try {
    renameSync(temporary, directory);
  } catch (error) {
    if (!existsSync(join(directory, "manifest.json"))) throw error;
  }
}

/** Removes all but the newest assemblies, and what killed syntheses left. */
function prune(outDir: string): void {
  const dated = readdirSync(outDir).flatMap((name) => {
    const stats = statSync(join(outDir, name), { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ name, at: stats.mtimeMs }];
  });
  const old = dated.sort((a, b) => b.at - a.at).slice(KEPT);
  for (const { name } of old) rmSync(join(outDir, name), { recursive: true, force: true });
}

/**
 * The cloud assembly of the checkout `root`, made below `outDir` unless it lies there already for the very same inputs.
 * Two local modes may ask at once. Throws an error with the app's own output when it fails.
 */
export async function synthesized(root: string, outDir: string, tools: SynthTools): Promise<Assembly> {
  const digest = inputsDigest(root);
  const directory = resolve(outDir, digest);
  if (existsSync(join(directory, "manifest.json"))) return readAssembly(directory);
  mkdirSync(outDir, { recursive: true });
  const temporary = mkdtempSync(resolve(outDir, "unfinished-"));
  try {
    await runApp(root, temporary, tools);
    // Something was saved meanwhile: nobody can say which of the two this assembly is of.
    if (inputsDigest(root) !== digest) return await synthesized(root, outDir, tools);
    publish(temporary, directory);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  prune(outDir);
  return readAssembly(directory);
}
