import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { App } from "@slipway/monitor/client";
import type { Context } from "../../command/context.ts";
import type { CliDeps } from "../../system/deps.ts";
import { UsageError } from "../../system/failure.ts";
import { cloneAddress } from "../address.ts";
import { branchesWithHead, defaultBranch, gitIn, listFiles, type WorkTree } from "../git.ts";
import { dockerfilesOf, obviousDockerfile, type Proposal, propose, type Seen } from "./propose.ts";

/** Looks at a work tree and says what an app of it would be. Asks which Dockerfile is meant where nobody can say. */
export async function lookAt(
  context: Context,
  tree: WorkTree,
  apps: readonly App[],
  wanted?: string,
): Promise<Proposal> {
  const { deps } = context;
  const files = await listFiles(deps, tree);
  const dockerfile = await chosenDockerfile(context, tree, files, wanted);
  const rootDir = dockerfile.includes("/") ? dockerfile.slice(0, dockerfile.lastIndexOf("/")) : ".";
  const remote = tree.remote?.name ?? null;
  const seen = {
    files,
    read: (path: string) => readText(join(tree.root, path)),
    mentions: await mentionedPaths(deps, tree, rootDir),
    address: cloneAddress(tree.remote?.address ?? tree.root),
    branch: await branchOf(deps, tree, remote),
    takenNames: apps.map(({ name }) => name),
  };
  return propose(seen, dockerfile);
}

/** The branch that is checked out; of a commit without one a branch that has it, the remote's own before others. */
async function branchOf(deps: CliDeps, tree: WorkTree, remote: string | null): Promise<Seen["branch"]> {
  if (tree.branch !== null) return { value: tree.branch, because: "this branch" };
  const usual = (remote === null ? null : await defaultBranch(deps, tree, remote)) ?? "main";
  const having = await branchesWithHead(deps, tree, remote);
  const value = having.includes(usual) ? usual : having[0];
  if (value !== undefined) return { value, because: "it has this commit; no branch is checked out" };
  return { value: usual, because: "no branch has this commit" };
}

async function chosenDockerfile(
  { deps, json }: Context,
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
      "Run slipway init in the directory of the app: it proposes one.",
    );
  if (deps.questions !== null && !json) return deps.questions.choose("Which one do you want to deploy?", candidates);
  const named = candidates.slice(0, 5).join(", ");
  throw new UsageError(
    `There are several Dockerfiles: ${named}.`,
    "Change to its directory, or use --root-dir and --dockerfile.",
  );
}

/** String literals in source files that look like the path of a health check. */
async function mentionedPaths(deps: CliDeps, { root }: WorkTree, rootDir: string): Promise<readonly string[]> {
  const pattern = "[\"'`](/api)?/(healthz|health|livez|readyz|ping)[\"'`]";
  const kinds = ["js", "mjs", "cjs", "ts", "py", "go", "rb", "java", "kt", "rs", "php", "cs"];
  const paths = kinds.map((kind) => `:(glob)${rootDir === "." ? "" : `${rootDir}/`}**/*.${kind}`);
  const found = await gitIn(deps, root)("grep", "--untracked", "-I", "-h", "-o", "-E", pattern, "--", ...paths);
  return [...new Set((found ?? "").split("\n").map((line) => line.slice(1, -1)))];
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
