import { subjectOf } from "../../core/push/subject.ts";
import { objectionToRepository } from "../../core/repository-address.ts";
import type { Head, HeadLook, Heads } from "../../ports/heads.ts";
import type { Resolve } from "../outbound/judged-lookup.ts";
import { fileHead } from "./file.ts";
import { type GitHub, githubBranch, githubCommit, githubRepositoryOf } from "./github.ts";
import { refusals } from "./sentences.ts";
import { smartHttpHead } from "./smart-http.ts";

export interface HeadsOptions {
  /** Whether repositories may lie on this machine and in private networks. */
  readonly localRepositories: boolean;
  readonly github: GitHub;
  /** Which IP addresses a name has; DNS if absent. */
  readonly resolve?: Resolve;
}

const fullHash = /^[0-9a-f]{40}$/;

/**
 * Heads of repositories: of GitHub by its API, elsewhere over Git's smart HTTP protocol, or, where that is allowed, of a
 * repository on this machine. GitHub speaks smart HTTP too: it is asked so when the API does not tell, as when its rate
 * limit is used up.
 */
export function awsHeads({ localRepositories, github, resolve }: HeadsOptions): Heads {
  const reach = localRepositories ? "anywhere" : "public";
  const server = { reach, ...(resolve === undefined ? {} : { resolve }) } as const;

  const look: Heads["look"] = async ({ url, branch }, etag, deadlineMs): Promise<HeadLook> => {
    const objection = objectionToRepository(url, reach);
    if (objection !== null) return refusals.refusedAddress(url, objection);
    if (url.startsWith("file:")) return withoutName(await fileHead(url, branch, ""));
    const signal = AbortSignal.timeout(deadlineMs);
    const repository = githubRepositoryOf(github, url);
    const told = repository === null ? null : await githubBranch(github, repository, branch, etag, signal);
    return told ?? withoutName(await smartHttpHead(url, branch, signal, server));
  };

  return {
    look,

    resolve: async ({ url, branch, commit }, deadlineMs): Promise<Head> => {
      const objection = objectionToRepository(url, reach);
      if (objection !== null) return refusals.refusedAddress(url, objection);
      if (url.startsWith("file:")) return firstLine(await fileHead(url, branch, commit));
      if (fullHash.test(commit)) {
        const repository = githubRepositoryOf(github, url);
        const told = repository && (await githubCommit(github, repository, commit, AbortSignal.timeout(deadlineMs)));
        // Elsewhere it is taken as it is: only a clone can tell whether it exists.
        return told === null ? { outcome: "resolved", commit, message: "" } : firstLine(told);
      }
      const head = await look({ url, branch }, null, deadlineMs);
      if (head.outcome !== "unchanged") return firstLine(head);
      return { outcome: "unreachable", message: `GitHub did not tell the head of ${url}. It is asked again.` };
    },
  };
}

function firstLine(head: Head): Head {
  if (head.outcome !== "resolved") return head;
  return { outcome: "resolved", commit: head.commit, message: subjectOf(head.message) };
}

const withoutName = (head: Head): HeadLook => (head.outcome === "resolved" ? { ...head, etag: null } : head);
