import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import {
  emptyLog,
  type LogChunk,
  type LogHead,
  logHeadSchema,
  logLineSchema,
  type NumberedLine,
} from "../../core/log.ts";
import type { LogPage, LogStore } from "../../ports/log.ts";
import { padded, unlessConditionFails } from "../dynamodb/table.ts";

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Logs are kept this long after their last line. */
const keptSeconds = 90 * 24 * 3600;

const chunkSchema = z.object({
  first: z.number().int(),
  count: z.number().int(),
  /** gzip of the lines as JSON. */
  lines: z.instanceof(Uint8Array),
  head: logHeadSchema,
});

const keyOf = (cursor: number): string => `log#${padded(cursor)}`;

/** Logs in DynamoDB: one item a chunk, beside the deployment's state. `nowSeconds` sets their expiry. */
export function awsLog(client: DynamoDBDocumentClient, table: string, nowSeconds: () => number): LogStore {
  const query = async (
    id: number,
    from: string,
    to: string,
    options: { backwards?: boolean; limit?: number; heads?: boolean },
  ) => {
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "deployment_id = :id AND #item BETWEEN :from AND :to",
        ExpressionAttributeNames: { "#item": "item", ...(options.heads ? { "#head": "head" } : {}) },
        ExpressionAttributeValues: { ":id": id, ":from": from, ":to": to },
        ConsistentRead: true,
        ScanIndexForward: !options.backwards,
        ...(options.limit === undefined ? {} : { Limit: options.limit }),
        ...(options.heads ? { ProjectionExpression: "#head" } : {}),
      }),
    );
    return { items: answer.Items ?? [], more: answer.LastEvaluatedKey !== undefined };
  };

  const head = async (id: number): Promise<LogHead> => {
    const { items } = await query(id, keyOf(0), keyOf(999_999_999_999), { backwards: true, limit: 1, heads: true });
    return items[0] === undefined ? emptyLog : logHeadSchema.parse(items[0].head);
  };

  /** The chunk in which the line after a cursor lies starts at or before it. */
  const startOf = async (id: number, after: number): Promise<string> => {
    const { items } = await query(id, keyOf(0), keyOf(after + 1), { backwards: true, limit: 1 });
    return typeof items[0]?.item === "string" ? items[0].item : keyOf(0);
  };

  const put = async (id: number, chunk: LogChunk): Promise<boolean> => {
    const lines = await zip(Buffer.from(JSON.stringify(chunk.lines)));
    return unlessConditionFails(
      client.send(
        new PutCommand({
          TableName: table,
          Item: {
            deployment_id: id,
            item: keyOf(chunk.first),
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

  const read = async (id: number, after: number, limit: number): Promise<LogPage> => {
    const lines: NumberedLine[] = [];
    let last: LogHead | null = null;
    let rest = true;
    // Chunks without lines may fill a page of the query: a reader who is told to go on must get further by that.
    for (let from = await startOf(id, after); rest && lines.length === 0; from = keyOf(last?.next ?? 0)) {
      const { items, more } = await query(id, from, keyOf(999_999_999_999), { limit: chunksFor(limit) });
      let taken = 0;
      for (const item of items) {
        if (lines.length >= limit) break;
        const chunk = chunkSchema.parse(item);
        lines.push(...(await numbered(chunk)).filter((line) => line.cursor > after));
        last = chunk.head;
        taken += 1;
      }
      rest = more || taken < items.length;
    }
    // The last chunk may hold more than was asked for.
    const page = lines.slice(0, limit);
    const more = rest || page.length < lines.length;
    return { lines: page, next: page.at(-1)?.cursor ?? after, more, complete: !more && last?.sealed === true };
  };

  return { head, put, read };
}

/** Chunks hold some ten lines at least on a busy log; a page of the query is a megabyte at most anyway. */
const chunksFor = (limit: number): number => Math.max(2, limit);

async function numbered(chunk: z.infer<typeof chunkSchema>): Promise<NumberedLine[]> {
  const lines = z.array(logLineSchema).parse(JSON.parse((await unzip(chunk.lines)).toString()));
  return lines.map((line, index) => ({ ...line, cursor: chunk.first + index }));
}
