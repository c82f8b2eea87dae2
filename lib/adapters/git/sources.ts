import { repositoryOf } from "../../core/github/repository.ts";
import type { Sources } from "../../core/ports/git.ts";
import { objectionToRepository } from "../../core/repository-address.ts";
import { byNeed } from "./by-need.ts";
import { githubSource } from "./github.ts";
import type { HeadsOptions } from "./heads.ts";

/**
 * What commits hold: of GitHub by its API, or, where that is allowed, of a repository on this machine. Of other hosts by Git's own
 * protocol, as far as they send a commit without its files.
 */
export function awsSources({ localRepositories, gitHub, access, resolve }: HeadsOptions): Sources {
  const reach = localRepositories ? "anywhere" : "public";
  const server = { reach, ...(resolve === undefined ? {} : { resolve }) } as const;
  return {
    open: async (repository, deadlineMs) => {
      const { url, commit } = repository;
      if (objectionToRepository(url, reach) !== null) return null;
      if (url.startsWith("file:")) return (await byNeed.file()).fileSource(url, commit);
      const named = repositoryOf(url, gitHub.url);
      const authorize = () => access.authorization(repository);
      const signal = AbortSignal.timeout(deadlineMs);
      if (named === null) return (await byNeed.blobless()).bloblessSource(url, commit, { signal, server, authorize });
      return githubSource({ ...named, url, apiUrl: gitHub.apiUrl, authorize, signal }, commit);
    },
  };
}
