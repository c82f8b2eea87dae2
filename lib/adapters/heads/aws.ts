import { objectionToRepository } from "../../core/repository-address.ts";
import type { Head, Heads } from "../../ports/heads.ts";
import type { Resolve } from "../outbound/judged-lookup.ts";
import { fileHead } from "./file.ts";
import { refusals } from "./sentences.ts";
import { smartHttpHead } from "./smart-http.ts";

/** Heads of repositories: over Git's smart HTTP protocol, or, where that is allowed, of a repository on this machine. */
export function awsHeads(options: { localRepositories: boolean; resolve?: Resolve }): Heads {
  const reach = options.localRepositories ? "anywhere" : "public";
  const server = { reach, ...(options.resolve === undefined ? {} : { resolve: options.resolve }) } as const;
  return {
    resolve: async ({ url, branch, commit }, deadlineMs): Promise<Head> => {
      const objection = objectionToRepository(url, reach);
      if (objection !== null) return refusals.refusedAddress(url, objection);
      if (url.startsWith("file:")) return fileHead(url, branch, commit);
      return smartHttpHead(url, branch, commit, deadlineMs, server);
    },
  };
}
