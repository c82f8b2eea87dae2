/** After so many failures in a row a socket is not written to any more, but closed. */
export const mostFailures = 6;

const longestSeconds = 300;

/**
 * Whole seconds until a socket is tried again that failed so often in a row: exponential, with the upper half left to
 * chance. `random`: from 0 to 1. The six posts to a dead socket take 31 s at least, and 62 s at most.
 */
export function backoffSeconds(failures: number, random: number): number {
  const longest = Math.min(longestSeconds, 2 ** failures);
  return Math.ceil((longest * (1 + random)) / 2);
}
