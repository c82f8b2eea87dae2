import { pathToFileURL } from "node:url";
import { objectionToRepository } from "../core/repository-address.ts";
import type { ApiDeps } from "./deps.ts";
import { ApiError } from "./errors.ts";

/** A repository's address as it was given, which may be a path in the local mode. Throws 400 for one that is not read. */
export function repositoryUrl({ localRepositories }: Pick<ApiDeps, "localRepositories">, given: string): string {
  const url = given.startsWith("/") ? pathToFileURL(given).href : given;
  const message = objectionToRepository(url, localRepositories ? "anywhere" : "public");
  if (message === null) return url;
  throw new ApiError("invalid_request", {
    sentence: "The request has invalid fields: repoUrl.",
    details: [{ field: "repoUrl", message }],
  });
}
