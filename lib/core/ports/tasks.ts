import type { Process } from "../app.ts";
import type { SeenTask, TaskCounts } from "../app-status.ts";

/** An app whose tasks are asked for. */
export interface AskedApp {
  readonly id: number;
  /** What runs beside `web`. Tasks beyond `instances` are shown and not counted. */
  readonly processes: readonly Pick<Process, "name" | "instances">[];
}

/** The tasks of all apps, as they are at this moment. Reading them changes nothing. */
export interface AppTasks {
  /** Of these apps; those without a service are left out. */
  counts(apps: readonly AskedApp[]): Promise<ReadonlyMap<number, TaskCounts>>;
  /** Of one app, `web` first. Of each process those that run come first, then those that stopped, newest first. `counts` is `null` without a service. */
  see(app: AskedApp): Promise<{ readonly counts: TaskCounts | null; readonly tasks: readonly SeenTask[] }>;
}
