import { inlineText } from "@slipway/text/inert";
import { withoutTokens } from "@slipway/text/redaction";
import { shorten } from "@slipway/text/shorten";
import { repositoryOf } from "../../core/github/repository.ts";
import type { CommitRange, Histories } from "../../core/ports/git.ts";
import { subjectOf } from "../../core/push/subject.ts";
import { objectionToRepository } from "../../core/repository-address.ts";
import { byNeed } from "./by-need.ts";
import { githubCommits } from "./github.ts";
import type { HeadsOptions } from "./heads.ts";

const unknown: CommitRange = { commits: [], complete: false };
const longestMessage = 200;

/**
 * Histories of repositories: of GitHub by its API, where that is allowed of a repository on this machine, and elsewhere over
 * Git's smart HTTP protocol, if the server gives commits without files.
 */
export function awsHistories({ localRepositories, gitHub, access, resolve }: HeadsOptions): Histories {
  const reach = localRepositories ? "anywhere" : "public";
  const server = { reach, ...(resolve === undefined ? {} : { resolve }) } as const;
  return {
    between: async (repository, deadlineMs) => {
      const { url, base, head } = repository;
      if (base === head) return { commits: [], complete: true };
      if (objectionToRepository(url, reach) !== null) return unknown;
      if (url.startsWith("file:")) return shown(await (await byNeed.file()).fileCommits(url, base, head));
      const named = repositoryOf(url, gitHub.url);
      const authorize = () => access.authorization(repository);
      const signal = AbortSignal.timeout(deadlineMs);
      if (named === null) {
        const { smartHttpCommits } = await byNeed.commitPack();
        return shown(await known(smartHttpCommits(url, base, head, { signal, server, authorize })));
      }
      return shown(await githubCommits({ ...named, url, apiUrl: gitHub.apiUrl, authorize, signal }, base, head));
    },
  };
}

/** People wait for it, and what they wait for is shown without: a server that does not answer is one that does not say. */
const known = (asked: Promise<CommitRange | null>): Promise<CommitRange | null> => asked.catch(() => null);

/** What anybody can write into a commit can only be read. */
const shown = (range: CommitRange | null): CommitRange => ({
  complete: range?.complete ?? false,
  commits: (range?.commits ?? []).map(({ hash, message, author }) => ({
    hash,
    message: shorten(withoutTokens(inlineText(subjectOf(message))), longestMessage),
    author: shorten(inlineText(author), longestMessage),
  })),
});
