import type { Deployments, LogStore } from "../../lib/core/ports/deployments.ts";
import type { Connections, WatchedDeployments } from "../../lib/core/ports/sockets.ts";

/** What it is read from. */
interface WatchedParts {
  readonly deployments: Pick<Deployments, "get">;
  readonly connections: Pick<Connections, "list" | "mark">;
  readonly log: Pick<LogStore, "read">;
}

/** A deployment and those who watch it, part by part: what does not depend on another at the same time. */
export function watchedByParts({ deployments, connections, log }: WatchedParts): WatchedDeployments {
  return {
    read: async (id, limit) => {
      const [row, mark, viewers] = await Promise.all([deployments.get(id), connections.mark(id), connections.list(id)]);
      if (row === null) return null;
      // After the row: if that has ended, this is all there will be.
      return { row, mark, connections: viewers, page: await log.read(id, mark.cursor, limit) };
    },
  };
}
