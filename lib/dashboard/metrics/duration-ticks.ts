/** Steps at which durations are round: seconds, minutes, hours. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];
const mostTicks = 6;

/** Round durations for an axis from 0 to at least the longest, in seconds: at most six of them. */
export function durationTicks(longest: number): number[] {
  const step = steps.find((each) => longest <= each * (mostTicks - 1)) ?? Math.ceil(longest / (mostTicks - 1));
  const count = Math.max(1, Math.ceil(longest / step)) + 1;
  return Array.from({ length: count }, (_, index) => index * step);
}
