import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { SmokeFlags } from "../operator/flags.ts";
import { Refused } from "../operator/refused.ts";
import type { Source } from "./steps/step.ts";

const run = promisify(execFile);
const example = "examples/smoke";
const loopback = ["localhost", "127.0.0.1", "[::1]"];

/** Where the app of a run comes from. `copy` makes a repository of the bundled example on this machine. Throws `Refused`. */
export async function sourceOf(
  { repo, branch, rootDir, url }: Pick<SmokeFlags, "repo" | "branch" | "rootDir" | "url">,
  { root, copy }: { readonly root: string; readonly copy: () => Promise<string> },
): Promise<Source> {
  if (repo === null && url !== null && loopback.includes(new URL(url).hostname))
    return { repoUrl: await copy(), branch: "main", rootDir: "." };
  const repoUrl = repo ?? (await originOf(root));
  // What the build cannot clone is better known before anything costs money.
  await git(root, ["ls-remote", "--exit-code", repoUrl, `refs/heads/${branch}`]).catch((cause) => {
    const why = `The branch ${branch} of ${repoUrl} cannot be read without credentials`;
    throw new Refused(`${why}. Name a public repository that has ${example} with --repo, --branch and --root-dir.`, {
      cause,
    });
  });
  return { repoUrl, branch, rootDir: rootDir ?? example };
}

async function originOf(root: string): Promise<string> {
  const found = await git(root, ["remote", "get-url", "origin"]).catch(() => "");
  // `git@host:owner/name.git` is the same repository for those who have a key.
  const address = found.trim().replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, "https://$1/");
  if (address.startsWith("https://")) return address;
  throw new Refused(`This checkout has no origin with an https:// address. Name a public repository with --repo.`);
}

async function git(root: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "", LC_ALL: "C" };
  const { stdout } = await run("git", ["-c", "credential.helper=", ...args], { cwd: root, env, timeout: 30_000 });
  return stdout;
}
