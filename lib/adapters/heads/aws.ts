import type { Head, Heads } from "../../ports/heads.ts";
import { fileHead } from "./file.ts";
import { smartHttpHead } from "./smart-http.ts";

/** Heads of repositories: over Git's smart HTTP protocol, or, where that is allowed, of a repository on this machine. */
export function awsHeads(options: { localRepositories: boolean }): Heads {
  return {
    resolve: async ({ url, branch, commit }, deadlineMs): Promise<Head> => {
      if (!url.startsWith("file:")) return smartHttpHead(url, branch, commit, deadlineMs);
      if (options.localRepositories) return fileHead(url, branch, commit);
      return {
        outcome: "refused",
        code: "repository_not_found",
        message: "Repositories on a file system are read in the local mode only. Give an https:// address.",
      };
    },
  };
}
