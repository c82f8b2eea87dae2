import type { AppRepository } from "../../core/app-repository.ts";
import { repositoryOf } from "../../core/github/repository.ts";
import type { Head, HeadPoll, Heads, RepositoryAccess } from "../../core/ports/git.ts";
import { repositoryIdOf } from "../../core/push/repository.ts";
import { subjectOf } from "../../core/push/subject.ts";
import { objectionToRepository } from "../../core/repository-address.ts";
import type { Resolve } from "../http/judged-lookup.ts";
import { byNeed } from "./by-need.ts";
import { githubBranch, githubCommit, githubRepository } from "./github.ts";
import { refusals } from "./sentences.ts";

export interface HeadsOptions {
  /** Whether repositories may lie on this machine and in private networks. */
  readonly localRepositories: boolean;
  /** The origin of GitHub's pages, and its REST API; both without a trailing slash. */
  readonly gitHub: { readonly url: string; readonly apiUrl: string };
  readonly access: RepositoryAccess;
  /** Which IP addresses a name has; DNS if absent. */
  readonly resolve?: Resolve;
}

const fullHash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Heads of repositories: of GitHub by its API, elsewhere over Git's smart HTTP protocol, or, where that is allowed, of a
 * repository on this machine. GitHub speaks smart HTTP too: it is asked so when the API does not say, as when its rate
 * limit is used up.
 */
export function awsHeads({ localRepositories, gitHub, access, resolve }: HeadsOptions): Heads {
  const reach = localRepositories ? "anywhere" : "public";
  const fileHead = async (url: string, branch: string, commit: string) =>
    (await byNeed.file()).fileHead(url, branch, commit);
  const server = { reach, ...(resolve === undefined ? {} : { resolve }) } as const;

  /** How the API is asked about a repository; `null`: it does not lie on this GitHub. */
  const apiFor = (repository: AppRepository, signal: AbortSignal) => {
    const named = repositoryOf(repository.url, gitHub.url);
    const authorize = () => access.authorization(repository);
    return named && { ...named, url: repository.url, apiUrl: gitHub.apiUrl, authorize, signal };
  };

  const poll: Heads["poll"] = async (repository, etag, deadlineMs): Promise<HeadPoll> => {
    const { url, branch } = repository;
    const objection = objectionToRepository(url, reach);
    if (objection !== null) return refusals.refusedAddress(url, objection);
    if (url.startsWith("file:")) return withoutName(await fileHead(url, branch, ""));
    const signal = AbortSignal.timeout(deadlineMs);
    const api = apiFor(repository, signal);
    const known = api && (await githubBranch(api, branch, etag));
    const authorize = () => access.authorization(repository);
    if (known !== null) return known;
    const { smartHttpHead } = await byNeed.smartHttp();
    return withoutName(await smartHttpHead(url, branch, { signal, server, authorize }));
  };

  return {
    poll,

    identify: async (repository, deadlineMs) => {
      const api = apiFor(repository, AbortSignal.timeout(deadlineMs));
      const number = api && (await githubRepository(api));
      return number === null ? null : repositoryIdOf(repository.url, number);
    },

    resolve: async (repository, deadlineMs): Promise<Head> => {
      const { url, branch, commit } = repository;
      const objection = objectionToRepository(url, reach);
      if (objection !== null) return refusals.refusedAddress(url, objection);
      if (url.startsWith("file:")) return firstLine(await fileHead(url, branch, commit));
      if (fullHash.test(commit)) {
        const api = apiFor(repository, AbortSignal.timeout(deadlineMs));
        const known = api && (await githubCommit(api, commit));
        // Elsewhere it is taken as it is: only a clone can show whether it exists.
        return known === null ? { outcome: "resolved", commit, message: "" } : firstLine(known);
      }
      const head = await poll(repository, null, deadlineMs);
      if (head.outcome !== "unchanged") return firstLine(head);
      return { outcome: "unreachable", message: `GitHub did not answer with the head of ${url}.` };
    },
  };
}

function firstLine(head: Head): Head {
  if (head.outcome !== "resolved") return head;
  return { outcome: "resolved", commit: head.commit, message: subjectOf(head.message) };
}

const withoutName = (head: Head): HeadPoll => (head.outcome === "resolved" ? { ...head, etag: null } : head);
