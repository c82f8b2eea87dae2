import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const LOCAL = /^(file:|\/)/;
/** What follows the two tabs in a line of `FETCH_HEAD`: `branch 'main' of <address>`, or the address alone. */
const FETCHED_FROM = /^[^\t]*\t[^\t]*\t(?:(?:[a-z-]+ )*'[^']*' of )?(.*)$/;

/** Where the files of a repository came from: what was fetched last, or the origin of a clone. */
function originsOf(git: (...args: string[]) => string): string[] {
  const fetched = join(git("rev-parse", "--absolute-git-dir").trim(), "FETCH_HEAD");
  if (!existsSync(fetched)) return [git("config", "--get", "remote.origin.url")];
  const lines = readFileSync(fetched, "utf8").trim().split("\n");
  return lines.map((line) => FETCHED_FROM.exec(line)?.[1] ?? "");
}

/**
 * Whether the repository that a directory lies in was fetched from this machine's own disk, by a path or a `file:` address. A
 * repository in which the data directory itself happens to lie does not count: it says nothing of what a build put there.
 */
export function isLocalRepository(directory: string, dataDir: string, path: string): boolean {
  const env = { PATH: path, GIT_CEILING_DIRECTORIES: dataDir };
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", directory, ...args], { stdio: ["ignore", "pipe", "ignore"], env }).toString();
  try {
    return originsOf(git).every((origin) => LOCAL.test(origin));
  } catch (error) {
    // No repository, no origin, or no git: nothing says that it is local.
    if (error instanceof Error && ("status" in error || "code" in error)) return false;
    throw error;
  }
}
