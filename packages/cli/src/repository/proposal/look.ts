import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { App } from "@slipway/monitor/client";
import type { Context } from "../../context.ts";
import { UsageError } from "../../failure.ts";
import type { World } from "../../world.ts";
import { cloneAddress } from "../address.ts";
import { defaultBranch, gitIn, listFiles, type WorkTree } from "../git.ts";
import { dockerfilesOf, obviousDockerfile, type Proposal, propose } from "./propose.ts";

/** Looks at a work tree and says what an app of it would be. Asks which Dockerfile is meant where nobody can say. */
export async function lookAt(
  context: Context,
  tree: WorkTree,
  apps: readonly App[],
  wanted?: string,
): Promise<Proposal> {
  const { world } = context;
  const files = await listFiles(world, tree);
  const dockerfile = await chosenDockerfile(context, tree, files, wanted);
  const rootDir = dockerfile.includes("/") ? dockerfile.slice(0, dockerfile.lastIndexOf("/")) : ".";
  const remote = tree.remote?.name ?? null;
  const branch = tree.branch ?? (remote === null ? null : await defaultBranch(world, tree, remote));
  const seen = {
    files,
    read: (path: string) => readText(join(tree.root, path)),
    mentions: await mentionedPaths(world, tree, rootDir),
    address: cloneAddress(tree.remote?.address ?? tree.root),
    branch: branch ?? "main",
    takenNames: apps.map(({ name }) => name),
  };
  return propose(seen, dockerfile);
}

async function chosenDockerfile(
  { world, json }: Context,
  tree: WorkTree,
  files: readonly string[],
  wanted: string | undefined,
): Promise<string> {
  if (wanted !== undefined) return wanted;
  const candidates = dockerfilesOf({ files }, tree.directory);
  const obvious = obviousDockerfile(candidates, tree.directory);
  if (obvious !== null) return obvious;
  if (candidates.length === 0)
    throw new UsageError(
      "There is no Dockerfile in this repository.",
      "Add one. Slipway builds it and runs the image.",
    );
  if (world.questions !== null && !json) return world.questions.choose("Which one do you want to deploy?", candidates);
  const named = candidates.slice(0, 5).join(", ");
  throw new UsageError(
    `There are several Dockerfiles: ${named}.`,
    "Change to its directory, or use --root-dir and --dockerfile.",
  );
}

/** String literals in source files that look like the path of a health check. */
async function mentionedPaths(world: World, { root }: WorkTree, rootDir: string): Promise<readonly string[]> {
  const pattern = "[\"'`](/api)?/(healthz|health|livez|readyz|ping)[\"'`]";
  const kinds = ["js", "mjs", "cjs", "ts", "py", "go", "rb", "java", "kt", "rs", "php", "cs"];
  const paths = kinds.map((kind) => `:(glob)${rootDir === "." ? "" : `${rootDir}/`}**/*.${kind}`);
  const found = await gitIn(world, root)("grep", "--untracked", "-I", "-h", "-o", "-E", pattern, "--", ...paths);
  return [...new Set((found ?? "").split("\n").map((line) => line.slice(1, -1)))];
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
