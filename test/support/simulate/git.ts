import type { Heads } from "../../../lib/core/ports/git.ts";

/** One move of the branch, as a webhook reports it. */
export interface Move {
  readonly before: string;
  readonly commit: string;
  readonly position: number;
}

/** The branch of a repository that people push to, sometimes by force. */
export class Repository {
  readonly moves: Move[] = [];
  #commits = 0;

  get head(): string {
    return this.moves.at(-1)?.commit ?? "";
  }

  /** Whether it was at some commit more than once. */
  get wentBack(): boolean {
    return new Set(this.moves.map(({ commit }) => commit)).size < this.moves.length;
  }

  /** A commit of 40 hex digits that shows its number to whoever reads a trace. */
  push(): Move {
    return this.#move(
      String(++this.#commits)
        .padStart(4, "0")
        .padEnd(40, "c"),
    );
  }

  /** Back to a commit that was there before. */
  force(pick: (moves: readonly Move[]) => Move): Move {
    return this.#move(pick(this.moves).commit);
  }

  /** When a commit was the head for the last time; of a push, when it was pushed on what was the head before. */
  positionOf(commit: string, pushedFrom: string | null): number {
    const pushed = this.moves.findLast((move) => move.commit === commit && move.before === pushedFrom);
    return (pushed ?? this.moves.findLast((move) => move.commit === commit))?.position ?? -1;
  }

  #move(commit: string): Move {
    const move = { before: this.head, commit, position: this.moves.length };
    this.moves.push(move);
    return move;
  }
}

/** What Git hosts say of repositories. Whether one answers is asked each time. */
export function simulatedHeads(repositoryOf: (url: string) => Repository, isUnreachable: () => boolean): Heads {
  const unreachable = { outcome: "unreachable", message: "The Git host did not answer." } as const;
  return {
    resolve: async ({ url, commit }) => {
      if (isUnreachable()) return unreachable;
      const { head } = repositoryOf(url);
      const resolved = commit === "" ? head : commit;
      if (resolved === "") return { outcome: "refused", code: "repository_empty", message: "The repository is empty." };
      return { outcome: "resolved", commit: resolved, message: "Change" };
    },
    identify: async () => null,
    poll: async ({ url }, etag) => {
      if (isUnreachable()) return unreachable;
      const { head } = repositoryOf(url);
      if (head === "") return { outcome: "refused", code: "repository_empty", message: "The repository is empty." };
      return head === etag
        ? { outcome: "unchanged" }
        : { outcome: "resolved", commit: head, message: "Change", etag: head };
    },
  };
}
