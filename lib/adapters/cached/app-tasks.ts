import type { TaskCounts } from "../../core/app-status.ts";
import type { AppTasks, AskedApp } from "../../core/ports/tasks.ts";

/** As often as a page asks for it. */
const cachedMs = 5_000;
const mostApps = 5_000;

interface Counted {
  readonly at: number;
  readonly counts: TaskCounts | undefined;
}

/**
 * Counts of tasks that are cached in this one instance for some seconds: the overview of many people who look at once asks the
 * load balancer once. Whoever asks for one app's tasks gets them as they are.
 */
export function cachedAppTasks(tasks: AppTasks, nowMs: () => number): AppTasks {
  const cached = new Map<number, Counted>();
  /** What somebody is asking for at the moment, by app. */
  const asked = new Map<number, Promise<ReadonlyMap<number, TaskCounts>>>();

  const ask = (apps: readonly AskedApp[]): Promise<ReadonlyMap<number, TaskCounts>> => {
    const ids = apps.map(({ id }) => id);
    const asking = tasks.counts(apps).then((found) => {
      if (cached.size + ids.length > mostApps) cached.clear();
      for (const id of ids) cached.set(id, { at: nowMs(), counts: found.get(id) });
      return found;
    });
    const ended = () => {
      for (const id of ids) if (asked.get(id) === asking) asked.delete(id);
    };
    asking.then(ended, ended);
    for (const id of ids) asked.set(id, asking);
    return asking;
  };

  return {
    see: (app) => tasks.see(app),
    counts: async (apps) => {
      const fresh = (id: number): Counted | undefined => {
        const known = cached.get(id);
        return known !== undefined && Math.abs(nowMs() - known.at) < cachedMs ? known : undefined;
      };
      const known = new Map(apps.map(({ id }) => [id, fresh(id)]));
      const missing = apps.filter(({ id }) => known.get(id) === undefined);
      const others = new Set(missing.flatMap(({ id }) => asked.get(id) ?? []));
      const own = missing.filter(({ id }) => !asked.has(id));
      const answers = await Promise.all([...others, ...(own.length === 0 ? [] : [ask(own)])]);
      const counts = new Map<number, TaskCounts>();
      for (const { id } of apps) {
        const found = known.get(id)?.counts ?? answers.find((answer) => answer.has(id))?.get(id);
        if (found !== undefined) counts.set(id, found);
      }
      return counts;
    },
  };
}
