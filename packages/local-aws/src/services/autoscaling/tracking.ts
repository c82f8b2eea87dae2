/** How a policy's figure was in the minutes before: how many in a row were too high, or far below. */
export interface Streaks {
  readonly above: number;
  readonly below: number;
}

export const NO_STREAKS: Streaks = { above: 0, below: 0 };

/** The alarms that Application Auto Scaling makes for a target want so many minutes: https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html */
const MINUTES_ABOVE = 3;
const MINUTES_BELOW = 15;
/** Fewer tasks only where the figure would stay under the target by this much. */
const SLACK = 0.9;

/** Streaks after one more minute; what was not measured ends none and lengthens none. */
export function afterMinute(streaks: Streaks, value: number | undefined, target: number): Streaks {
  if (value === undefined) return streaks;
  return {
    above: value > target ? streaks.above + 1 : 0,
    below: value < target * SLACK ? streaks.below + 1 : 0,
  };
}

export interface Load {
  readonly streaks: Streaks;
  readonly value: number | undefined;
  readonly target: number;
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** How many tasks there are to be for this load, with as many as there are now; within the bounds. */
export function wantedFor({ streaks, value, target }: Load, now: number, { min, max }: Bounds): number {
  const within = (count: number): number => Math.min(max, Math.max(min, count));
  if (value === undefined) return within(now);
  const proportional = Math.ceil((now * value) / target);
  if (streaks.above >= MINUTES_ABOVE) return within(Math.max(proportional, now + 1));
  if (streaks.below >= MINUTES_BELOW) return within(Math.min(proportional, now));
  return within(now);
}
