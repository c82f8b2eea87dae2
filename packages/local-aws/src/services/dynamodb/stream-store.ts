import type { Level } from "dynalite/db/index.js";
import * as z from "zod";
import { sequenceNumber } from "./sequence.ts";
import { under } from "./store.ts";

const retentionSeconds = 24 * 3600;
const tokenMs = 10 * 60 * 1000;
const maxAnswerBytes = 1024 * 1024;

const recordPrefix = (table: string): string => `record-${table}~`;
export const recordKey = (table: string, sequence: number): string =>
  `${recordPrefix(table)}${sequenceNumber(sequence)}`;
const trimmedKey = (table: string): string => `trimmed-${table}`;

/** What this module reads of a stored record; the rest is passed on as it is. */
const storedRecord = z.looseObject({
  dynamodb: z.looseObject({
    ApproximateCreationDateTime: z.number(),
    SequenceNumber: z.string(),
    SizeBytes: z.number(),
  }),
});
export type StoredRecord = z.infer<typeof storedRecord>;

/** The records of a table after the count `after`, oldest first: at most `limit`, and no more than 1 MB but for the first. */
export async function recordsAfter(level: Level, table: string, after: number, limit: number): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  let bytes = 0;
  const range = { ...under(recordPrefix(table), recordKey(table, after)), limit };
  for await (const [, value] of level.iterator(range)) {
    const record = storedRecord.parse(value);
    bytes += record.dynamodb.SizeBytes;
    if (records.length > 0 && bytes > maxAnswerBytes) break;
    records.push(record);
  }
  return records;
}

/** The count of the newest record that is gone because it was older than 24 h; 0 if none is. */
export async function trimmedUpTo(level: Level, table: string): Promise<number> {
  return z
    .number()
    .default(0)
    .parse(await level.get(trimmedKey(table)));
}

async function trimTable(level: Level, table: string, beforeSeconds: number): Promise<void> {
  for await (const [key, value] of level.iterator(under(recordPrefix(table)))) {
    const { ApproximateCreationDateTime, SequenceNumber } = storedRecord.parse(value).dynamodb;
    if (ApproximateCreationDateTime >= beforeSeconds) return;
    await level.batch([
      { type: "del", key },
      { type: "put", key: trimmedKey(table), value: Number(SequenceNumber.slice(1)) },
    ]);
  }
}

const tokenPrefix = "token~";
const storedToken = z.object({ at: z.number(), digest: z.string() });
export const tokenKey = (token: string): string => `${tokenPrefix}${token}`;

/** The digest of the transaction that had this token in the last ten minutes. */
export async function digestOfToken(level: Level, token: string, now: number): Promise<string | undefined> {
  const found = storedToken.optional().parse(await level.get(tokenKey(token)));
  return found === undefined || found.at < now - tokenMs ? undefined : found.digest;
}

async function trimTokens(level: Level, now: number): Promise<void> {
  for await (const [key, value] of level.iterator(under(tokenPrefix))) {
    if (storedToken.parse(value).at < now - tokenMs) await level.batch([{ type: "del", key }]);
  }
}

/** Removes what is too old to be asked for. `now` in milliseconds. */
export async function trim(level: Level, tables: Iterable<string>, now: number): Promise<void> {
  for (const table of tables) await trimTable(level, table, Math.floor(now / 1000) - retentionSeconds);
  await trimTokens(level, now);
}
