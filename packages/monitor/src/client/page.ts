import type { LogLine } from "./types.ts";

export interface LogPage {
  readonly lines: readonly LogLine[];
  /** Where to go on. */
  readonly next: number;
  /** Nothing follows. */
  readonly complete: boolean;
  /** The log was deleted, since it is too old. */
  readonly expired: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** `null`: this was the last page. */
  readonly next: string | null;
}
