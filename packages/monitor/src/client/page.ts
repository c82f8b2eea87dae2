import type { AppLogLine, LogLine } from "./types.ts";

export interface LogPage {
  readonly lines: readonly LogLine[];
  /** Where to go on. */
  readonly next: number;
  /** Nothing follows. */
  readonly complete: boolean;
  /** The log was deleted, since it is too old. */
  readonly expired: boolean;
}

/** What an app printed. */
export interface AppLogPage {
  readonly lines: readonly AppLogLine[];
  /** Where to go on. */
  readonly next: string;
  /** Where to go back from; `null`: nothing is before. */
  readonly previous: string | null;
  /** Nothing follows. */
  readonly complete: boolean;
}

/** What a run printed. */
export type RunLogPage = Omit<AppLogPage, "previous">;

/** Which lines of an app's log; `after` and `before` are cursors, times are RFC 3339. */
export type AppLogQuery = Readonly<
  Partial<
    Record<"after" | "before" | "since" | "until" | "process" | "task" | "q", string> &
      Record<"limit" | "wait" | "release", number>
  >
>;

export interface Page<T> {
  readonly items: readonly T[];
  /** `null`: this was the last page. */
  readonly next: string | null;
}
