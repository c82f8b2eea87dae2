import * as z from "zod";
import type { Head, HeadLook } from "../../ports/heads.ts";
import { refusals } from "./sentences.ts";

/** How GitHub's REST API is reached. */
export interface GitHub {
  /** `https://api.github.com`, or a GitHub Enterprise Server's `https://<host>/api/v3`; without a trailing slash. */
  readonly apiUrl: string;
  /** The value of the header `Authorization` with which a repository may be read; `null`: as anybody. */
  readonly authorizationFor: (repositoryUrl: string) => Promise<string | null>;
}

/** A repository of the GitHub whose API is known. */
interface Repository {
  readonly url: string;
  readonly owner: string;
  readonly name: string;
}

/** The repository behind an address, if it lies on the GitHub of this API; `null`: it lies elsewhere. */
export function githubRepositoryOf({ apiUrl }: GitHub, url: string): Repository | null {
  const api = new URL(apiUrl);
  const host = api.host === "api.github.com" ? "github.com" : api.host;
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address?.host.replace(/^www\./, "") !== host) return null;
  const [, owner, name] = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(address.pathname) ?? [];
  return owner === undefined || name === undefined ? null : { url, owner, name };
}

const branchSchema = z.object({ commit: z.object({ sha: z.string(), commit: z.object({ message: z.string() }) }) });
const commitSchema = z.object({ sha: z.string(), message: z.string() });
const refusedSchema = z.object({ message: z.string().default("") });

/**
 * The head of a branch, or that it still is what `etag` names, for which GitHub takes nothing off the rate limit of an
 * authorized caller. `null`: GitHub's API does not tell.
 */
export async function githubBranch(
  github: GitHub,
  repository: Repository,
  branch: string,
  etag: string | null,
  signal: AbortSignal,
): Promise<HeadLook | null> {
  const answer = await ask(github, repository, `branches/${encodeURIComponent(branch)}`, etag, signal);
  if (answer?.status === 304) return { outcome: "unchanged" };
  if (answer?.status === 404) {
    const { data } = refusedSchema.safeParse(answer.body);
    return data?.message === "Branch not found"
      ? refusals.noBranch(repository.url, branch)
      : refusals.noRepository(repository.url);
  }
  const told = answer?.status === 200 ? branchSchema.safeParse(answer.body).data : undefined;
  if (answer === null || told === undefined) return null;
  return { outcome: "resolved", commit: told.commit.sha, message: told.commit.commit.message, etag: answer.etag };
}

/** A commit with its message. `null`: GitHub's API does not tell, be it that the commit or the repository is not there. */
export async function githubCommit(
  github: GitHub,
  repository: Repository,
  commit: string,
  signal: AbortSignal,
): Promise<Head | null> {
  const answer = await ask(github, repository, `git/commits/${commit}`, null, signal);
  const told = answer?.status === 200 ? commitSchema.safeParse(answer.body).data : undefined;
  return told === undefined ? null : { outcome: "resolved", commit: told.sha, message: told.message };
}

interface GitHubAnswer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: unknown;
}

/** `null`: there was no answer that can be read. */
async function ask(
  github: GitHub,
  { url, owner, name }: Repository,
  what: string,
  etag: string | null,
  signal: AbortSignal,
): Promise<GitHubAnswer | null> {
  const authorization = await github.authorizationFor(url);
  try {
    const answer = await fetch(`${github.apiUrl}/repos/${owner}/${name}/${what}`, {
      signal,
      headers: {
        Accept: "application/vnd.github+json",
        "User-Agent": "slipway",
        "X-GitHub-Api-Version": "2022-11-28",
        ...(etag === null ? {} : { "If-None-Match": etag }),
        ...(authorization === null ? {} : { Authorization: authorization }),
      },
    });
    const text = await answer.text();
    const body: unknown = text === "" ? null : JSON.parse(text);
    return { status: answer.status, etag: answer.headers.get("etag"), body };
  } catch {
    return null;
  }
}
