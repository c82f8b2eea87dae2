import { type Connection, type Connections, type Mark, noMark } from "../../lib/ports/connections.ts";
import type { Feed, Feeds } from "../../lib/ports/feeds.ts";

/** Connections in memory. `wake` is called when an update is to wake the pump again. */
export function memoryConnections(wake: () => void = () => {}): Connections {
  const connections = new Map<number, Map<string, Connection>>();
  const marks = new Map<number, Mark>();
  const of = (id: number): Map<string, Connection> => connections.get(id) ?? new Map<string, Connection>();
  return {
    add: async (id, connection) => {
      connections.set(id, of(id).set(connection.connection_id, connection));
    },
    list: async (id) => [...of(id).values()],
    update: async (id, connection, behind) => {
      if (!of(id).has(connection.connection_id)) return;
      of(id).set(connection.connection_id, connection);
      if (behind) wake();
    },
    remove: async (id, connectionId) => void of(id).delete(connectionId),
    mark: async (id) => marks.get(id) ?? noMark,
    advance: async (id, mark) => void marks.set(id, mark),
  };
}

/** The feed's sockets in memory. */
export function memoryFeeds(): Feeds {
  const feeds = new Map<string, Feed>();
  return {
    add: async (feed) => void feeds.set(feed.connection_id, feed),
    list: async () => [...feeds.values()],
    remove: async (connectionId) => void feeds.delete(connectionId),
  };
}
