/** When a cron of an app runs, as EventBridge Scheduler is told. */
export interface CronSchedule {
  readonly name: string;
  /** `cron(…)` or `rate(…)`. */
  readonly expression: string;
  readonly timezone: string;
}

/** Schedules that put a message on the work queue at each time of a cron. At least once, and sometimes late. */
export interface Schedules {
  /** Makes an app's schedules these and no others. One that is there already stays as it is. `true`: something changed. */
  set(appId: number, crons: readonly CronSchedule[]): Promise<boolean>;
}

/** A time at which a cron of an app is to run. */
export interface CronTime {
  readonly app_id: number;
  readonly cron: string;
  readonly scheduled_at: string;
}

/** Which runs crons led to. Strongly consistent; forgotten after 30 days. */
export interface CronRuns {
  /** The run of a time: the first caller's id stands, and everybody gets it. */
  reserve(time: CronTime, runId: number): Promise<number>;
  /** `null`: no run is reserved for that time. */
  runOf(time: CronTime): Promise<number | null>;
  /** The run that was started last of a cron whose runs do not overlap; `null`: none was. */
  turn(appId: number, cron: string): Promise<number | null>;
  /** Gives the turn to another run. `false`: `before` does not have it any more. */
  takeTurn(appId: number, cron: string, before: number | null, runId: number): Promise<boolean>;
  /** Up to when it is known that no time of an app's crons was missed; `null`: nobody has looked. */
  checkedUntil(appId: number): Promise<string | null>;
  /** An earlier time than the one that is noted changes nothing. */
  noteChecked(appId: number, until: string): Promise<void>;
}
