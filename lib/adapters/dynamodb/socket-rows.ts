import type { SocketRef } from "../../core/ports/sockets.ts";

/** Deployments are numbered from 1, so this partition is none's. */
export const noDeployment = 0;

/** Where a socket's row lies: beside the deployment that is watched, those of the feed in a partition of their own. */
export const socketKey = ({ deployment_id, connection_id }: SocketRef) =>
  deployment_id === null
    ? { deployment_id: noDeployment, item: `feed#${connection_id}` }
    : { deployment_id, item: `connection#${connection_id}` };

/** API Gateway closes a connection after 2 hours at the latest. */
const longestLifeSeconds = 2 * 3600;

/** From when a socket's row is nothing any more, in epoch seconds. */
export const expiryOf = ({ connected_at }: { readonly connected_at: string }): number =>
  Math.floor(Date.parse(connected_at) / 1000) + longestLifeSeconds;
