import fs from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Errors, listBranches, readCommit, resolveRef } from "isomorphic-git";
import type { Head } from "../../core/ports/git.ts";
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
