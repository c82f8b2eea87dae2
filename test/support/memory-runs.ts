import type { AuditEntry } from "../../lib/core/access/audit.ts";
import type { Runs } from "../../lib/core/ports/runs.ts";
import { isOver, type Run } from "../../lib/core/run/run.ts";

/** Runs in memory. */
export function memoryRuns(rows: Map<number, Run> = new Map(), audit: AuditEntry[] = []): Runs {
  const put = (run: Run, entry: AuditEntry | undefined): boolean => {
    rows.set(run.id, run);
    if (entry !== undefined) audit.push(entry);
    return true;
  };
  return {
    create: async (run, entry) => !rows.has(run.id) && put(run, entry),
    get: async (id) => rows.get(id) ?? null,
    replace: async (run, entry) => rows.get(run.id)?.version === run.version - 1 && put(run, entry),
    list: async (appId, { limit, before, cron }) =>
      [...rows.values()]
        .filter(
          (run) => run.app_id === appId && (before === null || run.id < before) && (cron === null || run.cron === cron),
        )
        .sort((one, other) => other.id - one.id)
        .slice(0, limit),
    overdue: async (time) => [...rows.values()].filter((run) => run.next_poll_at !== null && run.next_poll_at < time),
    unfinished: async (appId) => [...rows.values()].filter((run) => run.app_id === appId && !isOver(run)),
    removeSome: async (appId) => {
      for (const { id, app_id } of rows.values()) if (app_id === appId) rows.delete(id);
      return true;
    },
  };
}
