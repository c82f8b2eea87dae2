import type { AppRepository } from "./repository-access.ts";

/** Something that a commit has at a path. */
export interface SourceEntry {
  /** From the repository's root, with `/` between names. */
  readonly path: string;
  /** Git's mode: `100644`, `100755`, `120000` (a symbolic link), `160000` (a submodule, whose hash is its commit). */
  readonly mode: string;
  readonly hash: string;
}

/** What a commit holds, without the contents of its files. */
export interface Source {
  /** All but directories. */
  readonly entries: readonly SourceEntry[];
  /** The text of one of its files; `null`: it cannot be had, or is no text that anybody writes. */
  read(entry: SourceEntry): Promise<string | null>;
}

/** Reads what a commit holds without cloning the repository. */
export interface Sources {
  /** `null`: only a clone can show it. Answers within `deadlineMs`, its reads included. */
  open(repository: AppRepository & { readonly commit: string }, deadlineMs: number): Promise<Source | null>;
}
