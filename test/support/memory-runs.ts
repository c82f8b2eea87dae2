import type { Runs } from "../../lib/core/ports/runs.ts";
import { isOver, type Run } from "../../lib/core/run/run.ts";

/** Runs in memory. */
export function memoryRuns(rows: Map<number, Run> = new Map()): Runs {
  return {
    create: async (run) => !rows.has(run.id) && Boolean(rows.set(run.id, run)),
    get: async (id) => rows.get(id) ?? null,
    replace: async (run) => rows.get(run.id)?.version === run.version - 1 && Boolean(rows.set(run.id, run)),
    list: async (appId, { limit, before }) =>
      [...rows.values()]
        .filter(({ app_id, id }) => app_id === appId && (before === null || id < before))
        .sort((one, other) => other.id - one.id)
        .slice(0, limit),
    overdue: async (time) =>
      [...rows.values()].filter((run) => !isOver(run) && run.next_poll_at !== null && run.next_poll_at < time),
    removeAll: async (appId) => {
      for (const { id, app_id } of rows.values()) if (app_id === appId) rows.delete(id);
    },
  };
}
