import type { AppRepository } from "./repository-access.ts";

/** What a branch or commit of a repository is. */
export type Head =
  | { readonly outcome: "resolved"; readonly commit: string; readonly message: string }
  /** A person must mend something: no such repository, branch or commit, or an empty repository. */
  | {
      readonly outcome: "refused";
      readonly code: "repository_not_found" | "repository_empty" | "branch_not_found" | "commit_not_found";
      readonly message: string;
    }
  /** It may work later. */
  | { readonly outcome: "unreachable"; readonly message: string };

interface Sought extends AppRepository {
  readonly branch: string;
  /** `""`: the branch's head. */
  readonly commit: string;
}

/** Looks at Git repositories without cloning them; at private ones with what their apps may read them by. */
export interface Heads {
  /** The branch's head, or `commit` itself where one is named. Answers within `deadlineMs`. The message is `""` where it costs a clone. */
  resolve(repository: Sought, deadlineMs: number): Promise<Head>;
}
