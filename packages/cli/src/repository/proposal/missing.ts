import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { proposeDockerfile } from "@slipway/text/dockerfile/propose";
import type { DockerfileProposal } from "@slipway/text/dockerfile/source";
import type { WorkTree } from "../git.ts";

/** A Dockerfile that is not there, and what it could be. */
export interface MissingDockerfile {
  /** Relative to the repository's root. */
  readonly path: string;
  readonly proposal: DockerfileProposal;
}

/** What a Dockerfile of the folder could be; `null`: nothing is known of it. `files` are relative to the repository's root. */
export function missingDockerfile(
  { root, directory }: Pick<WorkTree, "root" | "directory">,
  files: readonly string[],
): MissingDockerfile | null {
  const prefix = directory === "." ? "" : `${directory}/`;
  const own = files.filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length));
  const proposal = proposeDockerfile({ files: own, read: (path) => readText(join(root, directory, path)) });
  return proposal === null ? null : { path: posix.join(directory, "Dockerfile"), proposal };
}

/** Writes what was proposed, over nothing that is there, and answers what was written. */
export function writeDockerfile({ root }: Pick<WorkTree, "root">, { path, proposal }: MissingDockerfile): string[] {
  const ignore = posix.join(posix.dirname(path), ".dockerignore");
  writeFileSync(join(root, path), proposal.dockerfile, { flag: "wx" });
  if (existsSync(join(root, ignore))) return [path];
  writeFileSync(join(root, ignore), proposal.dockerignore, { flag: "wx" });
  return [path, ignore];
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
