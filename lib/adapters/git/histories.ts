import { inlineText } from "@slipway/text/inert";
import { withoutTokens } from "@slipway/text/redaction";
import { shorten } from "@slipway/text/shorten";
import { repositoryOf } from "../../core/github/repository.ts";
import type { CommitRange, Histories } from "../../core/ports/git.ts";
import { subjectOf } from "../../core/push/subject.ts";
import { objectionToRepository } from "../../core/repository-address.ts";
import { fileCommits } from "./file.ts";
import { githubCommits } from "./github.ts";
import type { HeadsOptions } from "./heads.ts";

const unknown: CommitRange = { commits: [], complete: false };
const longestMessage = 200;

/**
 * Histories of repositories: of GitHub by its API, or, where that is allowed, of a repository on this machine. Elsewhere a
 * clone would be needed.
 */
export function awsHistories({ localRepositories, gitHub, access }: Omit<HeadsOptions, "resolve">): Histories {
  return {
    between: async (repository, deadlineMs) => {
      const { url, base, head } = repository;
      if (base === head) return { commits: [], complete: true };
      if (objectionToRepository(url, localRepositories ? "anywhere" : "public") !== null) return unknown;
      if (url.startsWith("file:")) return shown(await fileCommits(url, base, head));
      const named = repositoryOf(url, gitHub.url);
      if (named === null) return unknown;
      const authorize = () => access.authorization(repository);
      const signal = AbortSignal.timeout(deadlineMs);
      return shown(await githubCommits({ ...named, url, apiUrl: gitHub.apiUrl, authorize, signal }, base, head));
    },
  };
}

/** What anybody can write into a commit can only be read. */
const shown = (range: CommitRange | null): CommitRange => ({
  complete: range?.complete ?? false,
  commits: (range?.commits ?? []).map(({ hash, message, author }) => ({
    hash,
    message: shorten(withoutTokens(inlineText(subjectOf(message))), longestMessage),
    author: shorten(inlineText(author), longestMessage),
  })),
});
