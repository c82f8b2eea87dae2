/** Times are RFC 3339 strings in UTC; they compare as strings when all have milliseconds, as these have. */

export function toTimestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export function plusSeconds(timestamp: string, seconds: number): string {
  return toTimestamp(Date.parse(timestamp) + seconds * 1000);
}

/** Whole seconds from one time to a later one, never negative. */
export function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / 1000));
}
