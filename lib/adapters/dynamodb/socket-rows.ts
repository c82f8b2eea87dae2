/** API Gateway closes a connection after 2 hours at the latest. */
const longestLifeSeconds = 2 * 3600;

/** From when a socket's row is nothing any more, in epoch seconds. */
export const expiryOf = ({ connected_at }: { readonly connected_at: string }): number =>
  Math.floor(Date.parse(connected_at) / 1000) + longestLifeSeconds;
