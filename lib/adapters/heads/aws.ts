import type { Head, Heads } from "../../ports/heads.ts";
import type { RepositoryAccess } from "../../ports/repository-access.ts";
import { fileHead } from "./file.ts";
import { smartHttpHead } from "./smart-http.ts";

export interface HeadsOptions {
  readonly localRepositories: boolean;
  readonly access: RepositoryAccess;
}

/** Heads of repositories: over Git's smart HTTP protocol, or, where that is allowed, of a repository on this machine. */
export function awsHeads({ localRepositories, access }: HeadsOptions): Heads {
  return {
    resolve: async (repository, deadlineMs): Promise<Head> => {
      const { url, branch, commit } = repository;
      if (!url.startsWith("file:"))
        return smartHttpHead(repository, deadlineMs, () => access.authorization(repository));
      if (localRepositories) return fileHead(url, branch, commit);
      return {
        outcome: "refused",
        code: "repository_not_found",
        message: "Repositories on a file system are read in the local mode only. Give an https:// address.",
      };
    },
  };
}
