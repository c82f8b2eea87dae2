import type { TaskSighting } from "../run/decide.ts";
import type { Run } from "../run/run.ts";

/** The rows of runs. */
export interface Runs {
  /** `false`: there is one of that id. */
  create(run: Run): Promise<boolean>;
  get(id: number): Promise<Run | null>;
  /** Writes the next version of a row: `false` if `run.version - 1` is not the one that is there. */
  replace(run: Run): Promise<boolean>;
  /** Of an app, newest first: at most `limit`, those with ids below `before` (`null`: all). */
  list(appId: number, page: { readonly limit: number; readonly before: number | null }): Promise<readonly Run[]>;
  /** Those that are not over and whose poll is due before a time. */
  overdue(time: string): Promise<readonly Run[]>;
  removeAll(appId: number): Promise<void>;
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
  /** The task of a run that runs, whoever started it; `null`: none does. */
  find(run: Run): Promise<string | null>;
  see(task: string): Promise<TaskSighting>;
  /** Has it stopped, politely first; one that is over is left alone. */
  stop(task: string, reason: string): Promise<void>;
}
