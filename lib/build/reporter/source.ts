import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import type { Claim } from "../../contract/build.ts";
import { BuildFailure } from "./failure.ts";

/** What docker builds: absolute paths, symbolic links resolved. */
export interface BuildSource {
  readonly root: string;
  readonly dockerfile: string;
}

/**
 * Finds the root directory, and in it the Dockerfile, in a clone. Throws a {@link BuildFailure} `root_dir_missing` or
 * `dockerfile_missing`, also for a path that leads out of the clone, by dots or by a symbolic link.
 */
export async function findSource(
  clone: string,
  { root_dir, dockerfile }: Pick<Claim["build"], "root_dir" | "dockerfile">,
): Promise<BuildSource> {
  const home = await realpath(clone);
  const root = await resolveWithin(home, join(home, root_dir));
  if (root === "outside") throw rootDirMissing(`The root directory "${root_dir}" leads out of the repository.`);
  if (root === undefined || !(await stat(root)).isDirectory()) {
    throw rootDirMissing(`There is no directory "${root_dir}" in the repository.`);
  }
  const file = await resolveWithin(home, join(root, dockerfile));
  if (file === "outside") throw dockerfileMissing(`The Dockerfile's path "${dockerfile}" leads out of the repository.`);
  if (file === undefined || !(await stat(file)).isFile()) {
    const where = relative(home, root);
    throw dockerfileMissing(
      `There is no file "${dockerfile}" in ${where === "" ? "the repository" : `the directory "${where}"`}.`,
    );
  }
  return { root, dockerfile: file };
}

function rootDirMissing(what: string): BuildFailure {
  return new BuildFailure("building", "root_dir_missing", `${what} Add it, or correct the app's setting "rootDir".`);
}

function dockerfileMissing(what: string): BuildFailure {
  return new BuildFailure(
    "building",
    "dockerfile_missing",
    `${what} Add one, or correct the app's setting "dockerfile".`,
  );
}

/** What the file system says of a path at which nothing can be. */
const NOTHING_THERE = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"]);

/** The real path; `undefined` if there is none. */
async function resolveWithin(home: string, path: string): Promise<string | "outside" | undefined> {
  if (!isWithin(home, path)) return "outside";
  try {
    const real = await realpath(path);
    return isWithin(home, real) ? real : "outside";
  } catch (error) {
    if (NOTHING_THERE.has(codeOf(error))) return undefined;
    throw error;
  }
}

function isWithin(home: string, path: string): boolean {
  const way = relative(home, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}
