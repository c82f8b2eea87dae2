import type { CronRuns, CronSchedule, CronTime, Schedules } from "../../lib/core/ports/crons.ts";

const keyOf = ({ app_id, cron, scheduled_at }: CronTime): string => `${app_id} ${cron} ${scheduled_at}`;

/** What crons led to, in memory. */
export function memoryCronRuns(): CronRuns {
  const runs = new Map<string, number>();
  const turns = new Map<string, number>();
  const checked = new Map<number, string>();
  return {
    reserve: async (time, runId) => {
      const known = runs.get(keyOf(time));
      if (known === undefined) runs.set(keyOf(time), runId);
      return known ?? runId;
    },
    runOf: async (time) => runs.get(keyOf(time)) ?? null,
    turn: async (appId, cron) => turns.get(`${appId} ${cron}`) ?? null,
    takeTurn: async (appId, cron, before, runId) => {
      if ((turns.get(`${appId} ${cron}`) ?? null) !== before) return false;
      turns.set(`${appId} ${cron}`, runId);
      return true;
    },
    checkedUntil: async (appId) => checked.get(appId) ?? null,
    noteChecked: async (appId, until) => {
      if (until > (checked.get(appId) ?? "")) checked.set(appId, until);
    },
  };
}

/** Schedules in memory, by app. */
export function memorySchedules(
  schedules: Map<number, readonly CronSchedule[]> = new Map(),
): Schedules & { readonly of: (appId: number) => readonly CronSchedule[] } {
  return {
    of: (appId) => schedules.get(appId) ?? [],
    set: async (appId, crons) => {
      const isChanged = JSON.stringify(schedules.get(appId) ?? []) !== JSON.stringify(crons);
      schedules.set(appId, crons);
      return isChanged;
    },
  };
}
