import type { Restarts, SharedReadings, UsageMetrics } from "../../lib/core/ports/usage.ts";
import type { Reading, Restart } from "../../lib/core/usage/reading.ts";

export function memoryRestarts(): Restarts {
  const all = new Map<string, Restart>();
  return {
    record: async (restart) => void all.set(`${restart.app_id} ${restart.stopped_at} ${restart.task}`, restart),
    list: async (appId, since) =>
      [...all.values()]
        .filter(({ app_id, stopped_at }) => app_id === appId && stopped_at >= since)
        .toSorted((one, other) => keyOf(one).localeCompare(keyOf(other))),
  };
}

const keyOf = ({ stopped_at, task }: Restart): string => `${stopped_at}#${task}`;

export function memoryReadings(): SharedReadings {
  const readings = new Map<string, Reading>();
  const claims = new Map<string, number>();
  const keyOf = (appId: number, name: string): string => `${appId} ${name}`;
  return {
    get: async (appId, name) => readings.get(keyOf(appId, name)) ?? null,
    claim: async (appId, name, nowMs, before) => {
      const claimed = claims.get(keyOf(appId, name));
      if (claimed !== undefined && claimed >= before && claimed <= nowMs + 60_000) return false;
      claims.set(keyOf(appId, name), nowMs);
      return true;
    },
    put: async (appId, name, reading) => Boolean(readings.set(keyOf(appId, name), reading)),
  };
}

/** An app without traffic, whatever is asked. */
export function memoryUsage(): UsageMetrics {
  return {
    read: async ({ from, to, period_seconds }) => ({
      read_at: new Date(to).toISOString(),
      from: new Date(from).toISOString(),
      period_seconds,
      periods: Math.floor((to - from) / (period_seconds * 1000)),
      groups: [],
      processes: {},
      alarms: [],
    }),
  };
}
