import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Deployments, LogStore } from "../../core/ports/deployments.ts";
import type { Connections, Watched, WatchedDeployments } from "../../core/ports/sockets.ts";
import { connectionSchema, noMark, pumpMarkSchema } from "../../core/sockets/connection.ts";
import { recent } from "../recent.ts";
import { parseDeployment } from "./deployments-item.ts";
import { afterViewers, deploymentKeys, itemPrefixes, logItem, stateItem } from "./keys.ts";
import { type ChunkedLog, wholeChunks } from "./log.ts";
import { queryItems } from "./pages.ts";

/** The stores that have the parts. */
interface Parts {
  readonly deployments: Pick<Deployments, "get">;
  readonly connections: Pick<Connections, "list" | "mark">;
  readonly log: Pick<LogStore, "read"> & ChunkedLog;
}

type Item = Readonly<Record<string, unknown>>;

/** From where the log goes on after a cursor: the first cursor of the next chunk. */
interface Place {
  readonly cursor: number;
  readonly next: number;
  /** Nothing follows. */
  readonly isSealed: boolean;
}

const beginning: Place = { cursor: 0, next: 0, isSealed: false };

/** Deployments whose place is remembered. */
const mostPlaces = 100;
/** Chunks of the log that are read beside the rest. More are read in pages. */
const mostChunks = 25;

/**
 * A deployment and those who watch it. In the partition the mark, the row and the viewers lie after the log, so that one query
 * has all of them where it is known at which chunk to begin. Whoever read last knows: chunks are put once and never change. It
 * is only a hint: the mark that is read says whether it still holds, and where it does not, the parts are read one by one.
 */
export function awsWatched(
  client: DynamoDBDocumentClient,
  table: string,
  nowSeconds: () => number,
  parts: Parts,
): WatchedDeployments {
  const places = recent<number, Place>(mostPlaces);

  /** The items from a chunk on; `null`: there are too many chunks. */
  const itemsFrom = async (id: number, next: number): Promise<readonly Item[] | null> => {
    const query = {
      TableName: table,
      KeyConditionExpression: "deployment_id = :id AND #item BETWEEN :from AND :to",
      ExpressionAttributeNames: { "#item": "item" },
      ExpressionAttributeValues: { ":id": id, ":from": logItem(next), ":to": afterViewers },
      ConsistentRead: true,
    };
    const items: Item[] = [];
    let chunks = 0;
    for await (const item of queryItems(client, query)) {
      items.push(item);
      if (isOf(item, itemPrefixes.log) && ++chunks > mostChunks) return null;
    }
    return items;
  };

  /** All in one round; `null`: the place does not hold. */
  const atPlace = async (id: number, limit: number, place: Place): Promise<Watched | null> => {
    const items = await itemsFrom(id, place.next);
    if (items === null) return null;
    const marked = items.find(({ item }) => item === deploymentKeys.pumped(id).item);
    const mark = marked === undefined ? noMark : pumpMarkSchema.parse(marked);
    const state = items.find(({ item }) => item === stateItem);
    if (state === undefined || mark.cursor < place.cursor) return null;
    const chunks = items.filter((item) => isOf(item, itemPrefixes.log));
    const { page, next } = await wholeChunks(chunks, mark.cursor, limit);
    const isSealed = page.complete || (place.isSealed && !page.more);
    const row = parseDeployment(state);
    const now = nowSeconds();
    const connections = items.filter((item) => isOf(item, itemPrefixes.connection) && Number(item.expires_at) > now);
    places.set(id, { cursor: page.next, next: next ?? place.next, isSealed });
    // The row may be newer than the chunks before it: of one that has ended, nothing may be missing.
    const isAll = row.finished_at === null || mark.ended || isSealed || page.more;
    return {
      row,
      mark,
      connections: connections.map((item) => connectionSchema.parse(item)),
      page: isAll ? { ...page, complete: isSealed } : await parts.log.read(id, mark.cursor, limit),
    };
  };

  const byParts = async (id: number, limit: number): Promise<Watched | null> => {
    const [row, mark, connections] = await Promise.all([
      parts.deployments.get(id),
      parts.connections.mark(id),
      parts.connections.list(id),
    ]);
    if (row === null) return null;
    // After the row: if that has ended, this is all there will be.
    const { page, next } = await parts.log.readChunks(id, mark.cursor, limit);
    if (next === null) places.delete(id);
    else places.set(id, { cursor: page.next, next, isSealed: page.complete });
    return { row, mark, connections, page };
  };

  return {
    read: async (id, limit) => (await atPlace(id, limit, places.get(id) ?? beginning)) ?? byParts(id, limit),
  };
}

const isOf = ({ item }: Item, prefix: string): boolean => String(item).startsWith(prefix);
