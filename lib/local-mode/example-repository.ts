import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The repository of a bundled example: a copy with a history of its own, made once at this place. Needs `git`. */
export async function exampleRepository(example: string, repository: string): Promise<string> {
  if (existsSync(join(repository, ".git", "refs", "heads", "main"))) return repository;
  rmSync(repository, { recursive: true, force: true });
  mkdirSync(repository, { recursive: true });
  cpSync(example, repository, { recursive: true });
  const git = (...args: string[]) =>
    run(
      "git",
      ["-c", "user.name=Slipway", "-c", "user.email=demo@slipway.invalid", "-c", "init.defaultBranch=main", ...args],
      // Nothing of the user's own settings: they could sign, run hooks, or lead elsewhere.
      { cwd: repository, env: { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" } },
    );
  await git("init", "--quiet");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "Say hello");
  return repository;
}
