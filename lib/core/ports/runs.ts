import type { AuditEntry } from "../access/audit.ts";
import type { TaskSighting } from "../run/decide.ts";
import type { Run } from "../run/run.ts";

interface RunsPage {
  readonly limit: number;
  readonly before: number | null;
  readonly cron: string | null;
}

/** The rows of runs. An `audit` entry is written in one transaction with the change that it tells of: both are there, or neither. */
export interface Runs {
  /** `false`: there is one of that id. */
  create(run: Run, audit?: AuditEntry): Promise<boolean>;
  get(id: number): Promise<Run | null>;
  /** Writes the next version of a row: `false` if `run.version - 1` is not the one that is there. */
  replace(run: Run, audit?: AuditEntry): Promise<boolean>;
  /** Of an app, newest first: at most `limit`, those with ids below `before`, and of this cron (each `null`: all). */
  list(appId: number, page: RunsPage): Promise<readonly Run[]>;
  /** Those of an app that are not over. Eventually consistent. */
  unfinished(appId: number): Promise<readonly Run[]>;
  /** Those that are not over, or not announced, and whose poll is due before a time. */
  overdue(time: string): Promise<readonly Run[]>;
  /** Removes some hundreds of an app. `true`: none is left. */
  removeSome(appId: number): Promise<boolean>;
}

type TaskStart =
  | { readonly outcome: "started"; readonly task: string }
  /** ECS has no room at the moment, or the account runs as much as it may. */
  | { readonly outcome: "waiting"; readonly message: string }
  | { readonly outcome: "refused"; readonly message: string };

/** Tasks that run once, without a service. */
export interface RunTasks {
  /** Starts one task for each attempt of a run, however often it is called. */
  start(run: Run): Promise<TaskStart>;
  /** The task of a run, whoever started it, also if it stopped within the last hour; `null`: there is none. */
  find(run: Run): Promise<string | null>;
  see(task: string): Promise<TaskSighting>;
  /** Has it stopped, politely first; one that is over is left alone. */
  stop(task: string, reason: string): Promise<void>;
}
