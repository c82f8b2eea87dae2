import type { Connections, Feeds, OpenSockets, SocketRef, SocketSignals } from "../../lib/core/ports/sockets.ts";
import { type Connection, noMark, type PumpMark } from "../../lib/core/sockets/connection.ts";
import type { Feed } from "../../lib/core/sockets/feed-socket.ts";
import type { OpenSocket } from "../../lib/core/sockets/open-socket.ts";

const longestLifeMs = 2 * 3600 * 1000;

const isYoung = (now: string | null, { connected_at }: { readonly connected_at: string }): boolean =>
  now === null || Date.parse(connected_at) + longestLifeMs > Date.parse(now);

export interface MemorySocketsOptions {
  /** Called when a write is to wake the pump again; of the feed with `null`. */
  readonly wake?: (deploymentId: number | null) => void;
  /** The time now; `null`: no row is too old. */
  readonly now?: () => string | null;
}

/** The rows of all sockets in memory: of viewers, of the feed, and what others say of them. */
export function memorySockets({ wake = () => {}, now = () => null }: MemorySocketsOptions = {}): {
  readonly connections: Connections;
  readonly feeds: Feeds;
  readonly signals: SocketSignals;
  readonly openSockets: OpenSockets;
} {
  const rows = new Map<number, Map<string, Connection>>();
  const marks = new Map<number, PumpMark>();
  const readers = new Map<string, Feed>();
  const of = (id: number): Map<string, Connection> => rows.get(id) ?? new Map<string, Connection>();
  const connections: Connections = {
    add: async (id, connection) => {
      rows.set(id, of(id).set(connection.connection_id, connection));
    },
    list: async (id) => [...of(id).values()].filter((row) => isYoung(now(), row)),
    update: async (id, connection, behind) => {
      const before = of(id).get(connection.connection_id);
      if (before === undefined) return;
      of(id).set(connection.connection_id, { ...connection, closing: before.closing });
      if (behind) wake(id);
    },
    wake: async (id, connectionId) => {
      const isThere = of(id).has(connectionId);
      if (isThere) wake(id);
      return isThere;
    },
    remove: async (id, connectionId) => void of(id).delete(connectionId),
    mark: async (id) => marks.get(id) ?? noMark,
    advance: async (id, mark) => void marks.set(id, mark),
  };
  const changeFeed = (connectionId: string, change: (feed: Feed) => Partial<Feed>): void => {
    const feed = readers.get(connectionId);
    if (feed !== undefined) readers.set(connectionId, { ...feed, ...change(feed) });
  };
  const feeds: Feeds = {
    add: async (feed) => void readers.set(feed.connection_id, { ...feed, missed: [] }),
    list: async () => [...readers.values()].filter((row) => isYoung(now(), row)),
    missed: async (connectionId, ids, retry) =>
      changeFeed(connectionId, ({ missed }) => ({ missed: [...new Set([...missed, ...ids])], ...retry })),
    reached: async (connectionId, ids) =>
      changeFeed(connectionId, ({ missed }) => ({
        missed: missed.filter((id) => !ids.includes(id)),
        failures: 0,
        retry_at: null,
      })),
    remove: async (connectionId) => void readers.delete(connectionId),
  };
  const change = ({ deployment_id, connection_id }: SocketRef, changed: Partial<Connection & Feed>): void => {
    const connection = deployment_id === null ? undefined : of(deployment_id).get(connection_id);
    if (deployment_id === null) changeFeed(connection_id, () => changed);
    else if (connection !== undefined) of(deployment_id).set(connection_id, { ...connection, ...changed });
    wake(deployment_id);
  };
  const signals: SocketSignals = {
    retry: async (socket, due) => {
      const { deployment_id: id, connection_id } = socket;
      const row = id === null ? readers.get(connection_id) : of(id).get(connection_id);
      if (row?.retry_at === due) change(socket, { retry_at: null });
    },
    end: async (socket) => change(socket, { closing: true, retry_at: null }),
  };
  const open = new Map<string, OpenSocket>();
  const listed = () => [...open.values()].filter((socket) => isYoung(now(), socket));
  const openSockets: OpenSockets = {
    add: async (socket) => void open.set(`${socket.token}#${socket.connection_id}`, socket),
    heldBy: async (token) => listed().filter((socket) => socket.token === token),
    list: async () => listed(),
    remove: async (token, connectionId) => {
      const socket = open.get(`${token}#${connectionId}`) ?? null;
      open.delete(`${token}#${connectionId}`);
      return socket;
    },
  };
  return { connections, feeds, signals, openSockets };
}
