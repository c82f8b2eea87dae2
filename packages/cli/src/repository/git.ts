import { posix, relative, sep } from "node:path";
import type { CliDeps } from "../system/deps.ts";

/** The Git work tree that a command was typed in. */
export interface WorkTree {
  /** Its root, without symbolic links. */
  readonly root: string;
  /** Where in it: `.`, `services/api`. */
  readonly directory: string;
  /** `null`: no branch is checked out. */
  readonly branch: string | null;
  /** `null`: there is no commit. */
  readonly head: string | null;
  /** Of the branch, else `origin`, else the only one there is. */
  readonly remote: { readonly name: string; readonly address: string } | null;
  readonly remotes: readonly { readonly name: string; readonly address: string }[];
}

type Git = (...args: readonly string[]) => Promise<string | null>;

/** Runs git; `null`: it failed. */
export const gitIn =
  (deps: CliDeps, cwd: string): Git =>
  async (...args) => {
    const { code, stdout } = await deps.run("git", args, { cwd });
    return code === 0 ? stdout.trimEnd() : null;
  };

/** `null`: there is none here, or no git. */
export async function readWorkTree(deps: CliDeps): Promise<WorkTree | null> {
  const git = gitIn(deps, deps.cwd);
  const [root, inside] = ((await git("rev-parse", "--show-toplevel", "--show-prefix")) ?? "").split("\n");
  if (root === undefined || root === "") return null;
  const [branch, head, configured] = await Promise.all([
    git("symbolic-ref", "--quiet", "--short", "HEAD"),
    git("rev-parse", "--verify", "--quiet", "HEAD^{commit}"),
    git("config", "--get-regexp", "^(remote\\..*\\.url|branch\\..*\\.remote)$"),
  ]);
  const settings = new Map((configured ?? "").split("\n").map((line) => cut(line, " ")));
  const remotes = [...settings].flatMap(([key, value]) => {
    const name = /^remote\.(.*)\.url$/.exec(key)?.[1];
    return name === undefined ? [] : [{ name, address: absolute(root, value) }];
  });
  const followed = settings.get(`branch.${branch ?? ""}.remote`);
  const remote =
    remotes.find(({ name }) => name === followed) ??
    remotes.find(({ name }) => name === "origin") ??
    (remotes.length === 1 ? remotes[0] : undefined);
  return {
    root,
    directory: posix.normalize(inside === undefined || inside === "" ? "." : inside.replace(/\/$/, "")),
    branch,
    head,
    remote: remote ?? null,
    remotes,
  };
}

/** The full hash of what a person calls a commit: a short hash, a tag, `HEAD~1`. `null`: it is not known here. */
export const resolveCommit = (deps: CliDeps, { root }: WorkTree, name: string): Promise<string | null> =>
  gitIn(deps, root)("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`);

export async function isDirty(deps: CliDeps, { root }: WorkTree): Promise<boolean> {
  return ((await gitIn(deps, root)("status", "--porcelain")) ?? "") !== "";
}

/** Whether a remote has a commit: by what was last fetched or pushed, and if that does not say so, by asking it. */
export async function remoteHas(deps: CliDeps, { root }: WorkTree, remote: string, commit: string): Promise<boolean> {
  const git = gitIn(deps, root);
  const known = await git("for-each-ref", "--count=1", "--contains", commit, `refs/remotes/${remote}/`);
  if (known !== null && known !== "") return true;
  const refs = await git("ls-remote", "--quiet", remote);
  return (refs ?? "").split("\n").some((line) => line.startsWith(commit));
}

/** The branch that a remote begins with. */
export async function defaultBranch(deps: CliDeps, { root }: WorkTree, remote: string): Promise<string | null> {
  const head = await gitIn(deps, root)("symbolic-ref", "--quiet", "--short", `refs/remotes/${remote}/HEAD`);
  return head === null ? null : head.slice(remote.length + 1);
}

/** The branches that have the checked-out commit, as the remote names them where there is one. */
export async function branchesWithHead(deps: CliDeps, { root }: WorkTree, remote: string | null): Promise<string[]> {
  const prefix = remote === null ? "refs/heads/" : `refs/remotes/${remote}/`;
  const listed = await gitIn(deps, root)("for-each-ref", "--format=%(refname)", "--contains", "HEAD", prefix);
  const names = (listed ?? "").split("\n").map((name) => name.slice(prefix.length));
  return names.filter((name) => name !== "" && name !== "HEAD").toSorted();
}

/** All files that are, or would be, in a commit, relative to the root. */
export async function listFiles(deps: CliDeps, { root }: WorkTree): Promise<readonly string[]> {
  const listed = await gitIn(deps, root)("ls-files", "-z", "--cached", "--others", "--exclude-standard");
  return [...new Set((listed ?? "").split("\0").filter(Boolean))];
}

/** A remote may be a path, which is meant from the root. */
function absolute(root: string, address: string): string {
  const isPath = /^\.{1,2}(\/|$)/.test(address);
  return isPath ? posix.join(root.split(sep).join("/"), address) : address;
}

const cut = (line: string, at: string): [string, string] => {
  const index = line.indexOf(at);
  return index < 0 ? [line, ""] : [line.slice(0, index), line.slice(index + 1)];
};

/** Whether one folder is, or lies in, another; both relative to the root. */
export function isWithin(directory: string, outer: string): boolean {
  const way = relative(posix.resolve("/", outer), posix.resolve("/", directory));
  return way === "" || !(way === ".." || way.startsWith("../"));
}
