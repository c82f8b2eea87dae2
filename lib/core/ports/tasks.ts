import type { SeenTask, TaskCounts } from "../app-status.ts";

/** The tasks of all apps, as they are at this moment. Reading them changes nothing. */
export interface AppTasks {
  /** Of these apps; those without a service are left out. */
  counts(appIds: readonly number[]): Promise<ReadonlyMap<number, TaskCounts>>;
  /** Of one app. Those that run come first, then those that stopped, newest first. `counts` is `null` without a service. */
  see(appId: number): Promise<{ readonly counts: TaskCounts | null; readonly tasks: readonly SeenTask[] }>;
}
