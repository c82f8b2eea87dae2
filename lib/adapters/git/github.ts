import * as z from "zod";
import type { CommitRange, Head, HeadPoll, Source } from "../../core/ports/git.ts";
import { refusals } from "./sentences.ts";

/** A repository of GitHub, and how its REST API is asked about it. */
interface GitHubQuestion {
  readonly owner: string;
  readonly name: string;
  /** The repository's own address. */
  readonly url: string;
  /** `https://api.github.com`, or a GitHub Enterprise Server's `https://<host>/api/v3`; without a trailing slash. */
  readonly apiUrl: string;
  /** The value of Git's own `Authorization` header for the repository; `null`: it is read as anybody. */
  readonly authorize: () => Promise<string | null>;
  readonly signal: AbortSignal;
}

const branchSchema = z.object({ commit: z.object({ sha: z.string(), commit: z.object({ message: z.string() }) }) });
const commitSchema = z.object({ sha: z.string(), message: z.string() });
const refusedSchema = z.object({ message: z.string().default("") });

/**
 * The head of a branch, or that it still is what `etag` names, for which GitHub takes nothing off the rate limit of an
 * authorized caller. `null`: GitHub's API does not say.
 */
export async function githubBranch(
  question: GitHubQuestion,
  branch: string,
  etag: string | null,
): Promise<HeadPoll | null> {
  const answer = await ask(question, `branches/${encodeURIComponent(branch)}`, etag);
  if (answer?.status === 304) return { outcome: "unchanged" };
  if (answer?.status === 404) {
    const { data } = refusedSchema.safeParse(answer.body);
    return data?.message === "Branch not found"
      ? refusals.noBranch(question.url, branch)
      : refusals.noRepository(question.url);
  }
  const parsed = answer?.status === 200 ? branchSchema.safeParse(answer.body).data : undefined;
  if (answer === null || parsed === undefined) return null;
  return { outcome: "resolved", commit: parsed.commit.sha, message: parsed.commit.commit.message, etag: answer.etag };
}

/** A commit with its message. `null`: GitHub's API does not say, be it that the commit or the repository is not there. */
export async function githubCommit(question: GitHubQuestion, commit: string): Promise<Head | null> {
  const answer = await ask(question, `git/commits/${commit}`, null);
  const parsed = answer?.status === 200 ? commitSchema.safeParse(answer.body).data : undefined;
  return parsed === undefined ? null : { outcome: "resolved", commit: parsed.sha, message: parsed.message };
}

const repositorySchema = z.object({ id: z.number().int().positive() });

/** The number of a repository, which stays where it is renamed or transferred. `null`: GitHub's API does not say. */
export async function githubRepository(question: GitHubQuestion): Promise<number | null> {
  const answer = await ask(question, "", null);
  const parsed = answer?.status === 200 ? repositorySchema.safeParse(answer.body).data : undefined;
  return parsed?.id ?? null;
}

const treeOfSchema = z.object({ tree: z.object({ sha: z.string() }) });
const treeSchema = z.object({
  truncated: z.boolean(),
  tree: z.array(z.object({ path: z.string(), mode: z.string(), type: z.string(), sha: z.string() })),
});
const blobSchema = z.object({ content: z.string(), encoding: z.literal("base64") });
/** A Dockerfile or a `.dockerignore` that is longer was not written by a person. */
const largestText = 256 * 1024;

/** What a commit holds. `null`: GitHub's API does not say, or not all of it. */
export async function githubSource(question: GitHubQuestion, commit: string): Promise<Source | null> {
  const found = await ask(question, `git/commits/${commit}`, null);
  const parent = treeOfSchema.safeParse(found?.body).data;
  if (found?.status !== 200 || parent === undefined) return null;
  const listed = await ask(question, `git/trees/${parent.tree.sha}?recursive=1`, null);
  const whole = treeSchema.safeParse(listed?.body).data;
  if (listed?.status !== 200 || whole === undefined || whole.truncated) return null;
  return {
    entries: whole.tree
      .filter(({ type }) => type !== "tree")
      .map(({ path, mode, sha: hash }) => ({ path, mode, hash })),
    read: async ({ hash }) => {
      const answer = await ask(question, `git/blobs/${hash}`, null);
      const blob = answer?.status === 200 ? blobSchema.safeParse(answer.body).data : undefined;
      if (blob === undefined) return null;
      const bytes = Buffer.from(blob.content, "base64");
      return bytes.length > largestText ? null : bytes.toString("utf8");
    },
  };
}

const comparisonSchema = z.object({
  total_commits: z.number(),
  commits: z.array(
    z.object({
      sha: z.string(),
      commit: z.object({ message: z.string(), author: z.object({ name: z.string() }).nullable() }),
    }),
  ),
});

/** The commits of `head` that `base` has not, newest first; GitHub sends 250 at most. `null`: its API does not say. */
export async function githubCommits(question: GitHubQuestion, base: string, head: string): Promise<CommitRange | null> {
  const answer = await ask(question, `compare/${base}...${head}`, null);
  const found = answer?.status === 200 ? comparisonSchema.safeParse(answer.body).data : undefined;
  if (found === undefined) return null;
  const commits = found.commits.map(({ sha, commit }) => ({
    hash: sha,
    message: commit.message,
    author: commit.author?.name ?? "",
  }));
  return { commits: commits.toReversed(), complete: commits.length >= found.total_commits };
}

interface GitHubAnswer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: unknown;
}

/** Asks about a repository, or with `""` for it. Of one that moved GitHub redirects to where it is. `null`: there was no answer that can be read. */
async function ask(
  { owner, name, apiUrl, authorize, signal }: GitHubQuestion,
  what: string,
  etag: string | null,
): Promise<GitHubAnswer | null> {
  try {
    const token = tokenIn(await authorize());
    const answer = await fetch(`${apiUrl}/repos/${owner}/${name}${what === "" ? "" : `/${what}`}`, {
      signal,
      headers: {
        Accept: "application/vnd.github+json",
        "User-Agent": "slipway",
        "X-GitHub-Api-Version": "2022-11-28",
        ...(etag === null ? {} : { "If-None-Match": etag }),
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      },
    });
    const text = await answer.text();
    const body: unknown = text === "" ? null : JSON.parse(text);
    return { status: answer.status, etag: answer.headers.get("etag"), body };
  } catch {
    return null;
  }
}

/** Git sends a token as the password of a user; the API wants it by itself. */
function tokenIn(authorization: string | null): string | null {
  const [, encoded] = /^Basic (.+)$/.exec(authorization ?? "") ?? [];
  if (encoded === undefined) return null;
  return Buffer.from(encoded, "base64")
    .toString()
    .replace(/^[^:]*:/, "");
}
