import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import {
  emptyLog,
  type LogChunk,
  type LogHead,
  type LogPage,
  logHeadSchema,
  logKeptDays,
  logLineSchema,
  type NumberedLine,
} from "../../core/log/log.ts";
import type { LogStore } from "../../core/ports/deployments.ts";
import { deploymentKeys, logItem } from "./keys.ts";
import { firstItems, queryItems } from "./pages.ts";
import { unlessConditionFails } from "./table.ts";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

const keptSeconds = logKeptDays * 24 * 3600;

const chunkSchema = z.object({
  first: z.number().int(),
  count: z.number().int(),
  /** gzip of the lines as JSON. */
  lines: z.instanceof(Uint8Array),
  head: logHeadSchema,
});

/** Beyond every cursor. */
const furthest = 999_999_999_999;

/** Logs in DynamoDB: one item a chunk, beside the deployment's state. `nowSeconds` sets their expiry. */
export function awsLog(client: DynamoDBDocumentClient, table: string, nowSeconds: () => number): LogStore & ChunkedLog {
  /** Chunks between two keys, in the order of their cursors. */
  const between = (id: number, from: string, to: string) => ({
    TableName: table,
    KeyConditionExpression: "deployment_id = :id AND #item BETWEEN :from AND :to",
    ExpressionAttributeNames: { "#item": "item" },
    ExpressionAttributeValues: { ":id": id, ":from": from, ":to": to },
    ConsistentRead: true,
  });

  const head = async (id: number): Promise<LogHead> => {
    const { ExpressionAttributeNames, ...query } = between(id, logItem(0), logItem(furthest));
    const names = { ...ExpressionAttributeNames, "#head": "head" };
    const last = { ...query, ExpressionAttributeNames: names, ProjectionExpression: "#head", ScanIndexForward: false };
    const [known = emptyLog] = await firstItems(client, last, 1, (item) => logHeadSchema.parse(item.head));
    return known;
  };

  /** The chunk in which the line after a cursor lies starts at or before it. */
  const startOf = async (id: number, after: number): Promise<string> => {
    const { ExpressionAttributeNames, ...query } = between(id, logItem(0), logItem(after + 1));
    const backwards = { ...query, ExpressionAttributeNames, ProjectionExpression: "#item", ScanIndexForward: false };
    const [start = logItem(0)] = await firstItems(client, backwards, 1, (item) => String(item.item));
    return start;
  };

  const put = async (id: number, chunk: LogChunk): Promise<boolean> => {
    const lines = await zip(Buffer.from(JSON.stringify(chunk.lines)));
    return unlessConditionFails(
      client.send(
        new PutCommand({
          TableName: table,
          Item: {
            ...deploymentKeys.log(id, chunk.first),
            first: chunk.first,
            count: chunk.lines.length,
            lines,
            head: chunk.head,
            expires_at: nowSeconds() + keptSeconds,
          },
          ConditionExpression: "attribute_not_exists(deployment_id)",
        }),
      ),
    );
  };

  const chunks = async (id: number, after: number, limit: number) => {
    const from = after === 0 ? logItem(0) : await startOf(id, after);
    return queryItems(client, between(id, from, logItem(furthest)), chunksFor(limit));
  };

  return {
    head,
    put,
    read: async (id, after, limit) => {
      const { lines, last, rest } = await linesOf(await chunks(id, after, limit), after, limit);
      // The last chunk may hold more than was asked for.
      const page = lines.slice(0, limit);
      const more = rest || page.length < lines.length;
      return { lines: page, next: page.at(-1)?.cursor ?? after, more, complete: !more && last?.sealed === true };
    },
    readChunks: async (id, after, limit) => wholeChunks(await chunks(id, after, limit), after, limit),
  };
}

/** Chunks hold some ten lines at least on a busy log; a page is a megabyte at most anyway. */
const chunksFor = (limit: number): number => Math.max(2, Math.min(limit, 200));

/** Whole chunks as a page, and the first cursor that the chunk after them can have; `null`: not known. */
interface PageOfChunks {
  readonly page: LogPage;
  readonly next: number | null;
}

/** A log that is read chunk by chunk. */
export interface ChunkedLog {
  /** The chunks after a cursor until they have `limit` lines. */
  readChunks(deploymentId: number, after: number, limit: number): Promise<PageOfChunks>;
}

type Chunks = AsyncIterable<unknown> | Iterable<unknown>;

export async function wholeChunks(chunks: Chunks, after: number, limit: number): Promise<PageOfChunks> {
  const { lines, last, rest } = await linesOf(chunks, after, limit);
  const page = { lines, next: lines.at(-1)?.cursor ?? after, more: rest, complete: !rest && last?.sealed === true };
  return { page, next: last?.next ?? null };
}

/** The lines of chunks after a cursor, the head of the last one, and whether there are more chunks. */
async function linesOf(chunks: Chunks, after: number, limit: number) {
  const lines: NumberedLine[] = [];
  let last: LogHead | null = null;
  // Chunks without lines say nothing about what follows, so it is read on until there are lines enough, or no more chunks.
  for await (const item of chunks) {
    if (lines.length >= limit) return { lines, last, rest: true };
    const chunk = chunkSchema.parse(item);
    for (const line of await numbered(chunk)) if (line.cursor > after) lines.push(line);
    last = chunk.head;
  }
  return { lines, last, rest: false };
}

async function numbered(chunk: z.infer<typeof chunkSchema>): Promise<NumberedLine[]> {
  const lines = z.array(logLineSchema).parse(JSON.parse((await unzip(chunk.lines)).toString()));
  return lines.map((line, index) => ({ ...line, cursor: chunk.first + index }));
}
