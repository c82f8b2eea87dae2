import { repositoryOf } from "../../core/github/repository.ts";
import type { Sources } from "../../core/ports/git.ts";
import { objectionToRepository } from "../../core/repository-address.ts";
import { fileSource } from "./file.ts";
import { githubSource } from "./github.ts";
import type { HeadsOptions } from "./heads.ts";

/**
 * What commits hold: of GitHub by its API, or, where that is allowed, of a repository on this machine. Git's own protocol
 * has no way to list a commit's files without a clone that every host offers.
 */
export function awsSources({ localRepositories, gitHub, access }: Omit<HeadsOptions, "resolve">): Sources {
  return {
    open: async (repository, deadlineMs) => {
      const { url, commit } = repository;
      if (objectionToRepository(url, localRepositories ? "anywhere" : "public") !== null) return null;
      if (url.startsWith("file:")) return fileSource(url, commit);
      const named = repositoryOf(url, gitHub.url);
      if (named === null) return null;
      const authorize = () => access.authorization(repository);
      const signal = AbortSignal.timeout(deadlineMs);
      return githubSource({ ...named, url, apiUrl: gitHub.apiUrl, authorize, signal }, commit);
    },
  };
}
