import type { Settings } from "../app.ts";

/** A line that a task printed, as the log service has it. */
export interface AppLogEvent {
  /** `web/12/app/<task>`: see lib/core/app-log/stream.ts. */
  readonly stream: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly message: string;
  /** It is the rest of a long line, whose part before is in the stream's event before it. */
  readonly continues?: boolean;
}

/** Which lines are read; all bounds are inclusive. */
export interface AppLogRange {
  readonly app_id: number;
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** `null`: no end. */
  readonly to: number | null;
  /** Only streams whose names begin so. */
  readonly prefix: string;
  /** Only lines that have this in them, case-sensitive; `""`: all. What is passed over may be more than what has it, never less. */
  readonly text: string;
  /** Where an earlier page of the same range ended; `null`: at its start. */
  readonly token: string | null;
}

interface AppLogPage {
  /** By time; those of a stream in the order in which they came. A page may be empty although more follow. */
  readonly events: readonly AppLogEvent[];
  /** `null`: nothing follows at present. */
  readonly token: string | null;
}

/** What the tasks of apps print. A line may arrive some time after it was printed, with the time at which it was. */
export interface AppLogs {
  read(range: AppLogRange): Promise<AppLogPage>;
}

/** What the newest poll of an app's log brought. */
export interface Tail {
  /** When it was polled, in milliseconds since the epoch. */
  readonly polled_at: number;
  /** From when on it has every line. */
  readonly from: number;
  readonly events: readonly AppLogEvent[];
}

/** The newest lines of the apps' logs, shared by all who wait for more: the log service answers few requests a second. */
export interface Tails {
  /** `null`: nobody polled lately. */
  get(appId: number): Promise<Tail | null>;
  /** Whether the caller is the one to poll: nobody else was since `before`, in milliseconds since the epoch. */
  claim(appId: number, nowMs: number, before: number): Promise<boolean>;
  /** `false`: there is too much of it to share. */
  put(appId: number, tail: Tail): Promise<boolean>;
}

/** Where the apps' lines are kept. */
export interface AppLogGroups {
  /** Makes sure that an app has a place for its lines, and that it keeps them for as long as its settings say. */
  ensure(app: { readonly app_id: number; readonly settings: Pick<Settings, "log_retention_days"> }): Promise<void>;
}
