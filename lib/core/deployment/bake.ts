import type { Settings, Strategy } from "../app.ts";

/** Seconds that a strategy may bake and wait in all, beyond starting the tasks. */
export function bakeSeconds(strategy: Strategy): number {
  switch (strategy.type) {
    case "rolling":
      return 0;
    case "blue_green":
      return strategy.bake_minutes * 60;
    case "linear":
      return (Math.ceil(100 / strategy.step_percent) * strategy.step_bake_minutes + strategy.bake_minutes) * 60;
    case "canary":
      return (strategy.canary_bake_minutes + strategy.bake_minutes) * 60;
  }
}

/**
 * Whether alarms watch a release: only while the earlier version is kept ready can it be put back at once, and a rolling release,
 * which keeps none, would be held up for minutes by them.
 */
export const isWatched = ({ auto_rollback, strategy }: Settings): boolean => auto_rollback && bakeSeconds(strategy) > 0;
