import fs from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Errors, listBranches, readBlob, readCommit, readTree, resolveRef } from "isomorphic-git";
import type { Commit, CommitRange, Head, Source, SourceEntry } from "../../core/ports/git.ts";
import { refusals } from "./sentences.ts";

/** The head of a branch, or the named commit, of a repository on this machine, with its whole message. */
export async function fileHead(url: string, branch: string, commit: string): Promise<Head> {
  const gitdir = await gitDirectory(fileURLToPath(url));
  if (gitdir === null) return refusals.noRepository(url);
  try {
    const oid = commit === "" ? await resolveRef({ fs, gitdir, ref: `refs/heads/${branch}` }) : commit;
    const read = await readCommit({ fs, gitdir, oid });
    return { outcome: "resolved", commit: read.oid, message: read.commit.message };
  } catch (error) {
    if (!(error instanceof Errors.NotFoundError)) throw error;
    const branches = await listBranches({ fs, gitdir });
    if (branches.length === 0) return refusals.empty(url);
    return commit === "" ? refusals.noBranch(url, branch) : refusals.noCommit(url, commit);
  }
}

/** A Dockerfile or a `.dockerignore` that is longer was not written by a person. */
const largestText = 256 * 1024;
/** Beyond that a build is begun instead of reading on. */
const mostEntries = 100_000;

/** What a commit of a repository on this machine holds. `null`: it is not there, or holds too much. */
export async function fileSource(url: string, commit: string): Promise<Source | null> {
  const gitdir = await gitDirectory(fileURLToPath(url));
  return gitdir === null ? null : sourceIn(gitdir, commit);
}

/** The text of a file that Git keeps in a directory. `null`: it is longer than anybody writes. */
export async function textIn(gitdir: string, oid: string, cache: object = {}): Promise<string | null> {
  const { blob } = await readBlob({ fs, gitdir, oid, cache });
  return blob.length > largestText ? null : Buffer.from(blob).toString("utf8");
}

/** What a commit holds that Git keeps in a directory. `null`: it is not there, or holds too much. */
export async function sourceIn(gitdir: string, commit: string): Promise<Source | null> {
  const cache = {};
  const entries: SourceEntry[] = [];
  const walk = async (oid: string, prefix: string): Promise<void> => {
    const { tree } = await readTree({ fs, gitdir, oid, cache });
    for (const { path: name, mode, oid: hash, type } of tree) {
      if (entries.length > mostEntries) return;
      const path = `${prefix}${name}`;
      if (type === "tree") await walk(hash, `${path}/`);
      else entries.push({ path, mode, hash });
    }
  };
  try {
    await walk(commit, "");
  } catch (error) {
    if (error instanceof Errors.NotFoundError) return null;
    throw error;
  }
  if (entries.length > mostEntries) return null;
  return { entries, read: ({ hash }) => textIn(gitdir, hash, cache) };
}

/** Beyond that nobody reads on. */
const mostCommits = 250;
/** Histories that part further back take too long to read. */
const mostWalked = 20_000;

/** The commits of `head` that `base` has not, newest first, of a repository on this machine. `null`: one of them is not there. */
export async function fileCommits(url: string, base: string, head: string): Promise<CommitRange | null> {
  const gitdir = await gitDirectory(fileURLToPath(url));
  if (gitdir === null) return null;
  const cache = {};
  const read = async (oid: string, isOld: boolean) => {
    const { commit } = await readCommit({ fs, gitdir, oid, cache });
    return { oid, isOld, commit, at: commit.committer.timestamp };
  };
  try {
    const waiting = [await read(head, false), await read(base, true)];
    const seen = new Map(waiting.map((one) => [one.oid, one]));
    if (head === base) return { commits: [], complete: true };
    const commits: Commit[] = [];
    for (let walked = 0; waiting.some(({ isOld }) => !isOld); walked++) {
      if (commits.length >= mostCommits || walked >= mostWalked) return { commits, complete: false };
      // What `base` has is walked first among those of one time, so that no commit is taken for new that is not.
      waiting.sort((one, other) => one.at - other.at || Number(one.isOld) - Number(other.isOld));
      const next = waiting.pop();
      if (next === undefined) break;
      for (const parent of next.commit.parent) {
        const known = seen.get(parent);
        if (known !== undefined) known.isOld ||= next.isOld;
        else {
          const found = await read(parent, next.isOld);
          seen.set(parent, found);
          waiting.push(found);
        }
      }
      if (!next.isOld) commits.push({ hash: next.oid, message: next.commit.message, author: next.commit.author.name });
    }
    return { commits, complete: true };
  } catch (error) {
    if (error instanceof Errors.NotFoundError) return null;
    throw error;
  }
}

/** Where Git keeps the repository: beside the work tree, elsewhere (a linked work tree), or the path itself (a bare one). */
async function gitDirectory(path: string): Promise<string | null> {
  const beside = join(path, ".git");
  if (await isDirectory(beside)) return beside;
  const link = await readFile(beside, "utf8").catch(() => "");
  const elsewhere = /^gitdir: (.+)$/m.exec(link)?.[1];
  if (elsewhere !== undefined) return commonDirectory(resolve(dirname(beside), elsewhere));
  return (await isDirectory(join(path, "objects"))) ? path : null;
}

async function commonDirectory(gitdir: string): Promise<string> {
  const common = await readFile(join(gitdir, "commondir"), "utf8").catch(() => "");
  return common === "" ? gitdir : resolve(gitdir, common.trim());
}

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
