import type { Level } from "dynalite/db/index.js";
import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { AwsError, type Operation, type Permission } from "../../kernel/service.ts";
import type { Committer } from "./committer.ts";
import { countOf, sequenceNumber } from "./sequence.ts";
import { recordsAfter, trimmedUpTo } from "./stream-store.ts";
import type { TableEntry } from "./tables.ts";
import { parsed, validationError } from "./validation.ts";

/** A table has one shard, which never closes. */
const shardId = "shardId-00000000000000000000-00000001";
const iteratorMs = 15 * 60 * 1000;

const iteratorType = z.enum(["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"]);
const listInput = z.object({ TableName: z.string().optional(), ExclusiveStartStreamArn: z.string().optional() });
const describeInput = z.object({ StreamArn: z.string(), ExclusiveStartShardId: z.string().optional() });
const iteratorInput = z.object({
  StreamArn: z.string(),
  ShardId: z.string(),
  ShardIteratorType: iteratorType,
  SequenceNumber: z.string().optional(),
});
const recordsInput = z.object({ ShardIterator: z.string(), Limit: z.int().min(1).max(1000).default(1000) });

/** An iterator is its position: it needs no memory and survives a restart. `after` counts records, `at` is milliseconds. */
const position = z.object({ arn: z.string(), after: z.number(), at: z.number() });
type Position = z.infer<typeof position>;

const encode = (at: Position): string => `${at.arn}|1|${Buffer.from(JSON.stringify(at)).toString("base64url")}`;

function decode(iterator: string): Position {
  const text = Buffer.from(iterator.split("|")[2] ?? "", "base64url").toString();
  const parsed = z
    .string()
    .transform((it, context) => parseJson(it, context))
    .pipe(position)
    .safeParse(text);
  if (!parsed.success) throw validationError("Invalid ShardIterator");
  return parsed.data;
}

function parseJson(text: string, context: z.core.$RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue("no JSON");
    return z.NEVER;
  }
}

/** What the streams need of the tables and their writes. */
export interface StreamSource {
  readonly level: Level;
  readonly tables: ReadonlyMap<string, TableEntry>;
  readonly committer: Committer;
  readonly clock: Clock;
}

function tableOfStream(source: StreamSource, arn: string): TableEntry["description"] {
  for (const { description } of source.tables.values()) if (description.LatestStreamArn === arn) return description;
  throw new AwsError("ResourceNotFoundException", `Requested resource not found: Stream: ${arn} not found`);
}

/** Refuses to go on from a place after which records are already gone. The oldest kept one is always a good start. */
async function refuseGap(source: StreamSource, table: string, after: number): Promise<void> {
  if (after !== 0 && after < (await trimmedUpTo(source.level, table))) {
    throw new AwsError("TrimmedDataAccessException", "The requested records are older than 24 hours and were removed.");
  }
}

function startOf(source: StreamSource, type: z.infer<typeof iteratorType>, sequence: string | undefined): number {
  if (type === "TRIM_HORIZON") return 0;
  if (type === "LATEST") return source.committer.lastSequence();
  const count = countOf(sequence ?? "");
  if (count === undefined) throw validationError(`Invalid SequenceNumber: ${sequence}`);
  // Before the first record of all lies nothing, which is where the oldest kept one is read from.
  return type === "AFTER_SEQUENCE_NUMBER" ? count : Math.max(0, count - 1);
}

function describeStream(source: StreamSource, input: unknown): unknown {
  const { StreamArn, ExclusiveStartShardId } = parsed(describeInput, input);
  const table = tableOfStream(source, StreamArn);
  const shard = { ShardId: shardId, SequenceNumberRange: { StartingSequenceNumber: sequenceNumber(0) } };
  return {
    StreamDescription: {
      StreamArn,
      StreamLabel: table.LatestStreamLabel,
      StreamStatus: "ENABLED",
      StreamViewType: table.StreamSpecification?.StreamViewType,
      CreationRequestDateTime: table.CreationDateTime,
      TableName: table.TableName,
      KeySchema: table.KeySchema,
      Shards: ExclusiveStartShardId === undefined ? [shard] : [],
    },
  };
}

function listStreams(source: StreamSource, input: unknown): unknown {
  const { TableName, ExclusiveStartStreamArn = "" } = parsed(listInput, input);
  const streams = [...source.tables.values()].flatMap(({ description }) => {
    const { LatestStreamArn: StreamArn, LatestStreamLabel: StreamLabel } = description;
    const wanted = TableName === undefined || TableName === description.TableName;
    return StreamArn === undefined || !wanted ? [] : [{ StreamArn, StreamLabel, TableName: description.TableName }];
  });
  streams.sort((one, other) => (one.StreamArn < other.StreamArn ? -1 : 1));
  return { Streams: streams.filter(({ StreamArn }) => StreamArn > ExclusiveStartStreamArn) };
}

async function getShardIterator(source: StreamSource, input: unknown): Promise<unknown> {
  const { StreamArn, ShardId, ShardIteratorType, SequenceNumber } = parsed(iteratorInput, input);
  const { TableName } = tableOfStream(source, StreamArn);
  if (ShardId !== shardId)
    throw new AwsError("ResourceNotFoundException", `Requested resource not found: Shard: ${ShardId}`);
  const after = startOf(source, ShardIteratorType, SequenceNumber);
  await refuseGap(source, TableName, after);
  return { ShardIterator: encode({ arn: StreamArn, after, at: source.clock.now() }) };
}

async function getRecords(source: StreamSource, input: unknown): Promise<unknown> {
  const { ShardIterator, Limit } = parsed(recordsInput, input);
  const { arn, after, at } = decode(ShardIterator);
  const { TableName } = tableOfStream(source, arn);
  const now = source.clock.now();
  if (at < now - iteratorMs)
    throw new AwsError("ExpiredIteratorException", "Iterator expired. The iterator is older than 15 minutes.");
  // Taken before reading: every record up to here is committed, so an empty answer may move on to it.
  const newest = source.committer.lastSequence();
  if (after >= newest) return { Records: [], NextShardIterator: encode({ arn, after, at: now }) };
  await refuseGap(source, TableName, after);
  const records = await recordsAfter(source.level, TableName, after, Limit);
  const lastRead = countOf(records.at(-1)?.dynamodb.SequenceNumber ?? "");
  return { Records: records, NextShardIterator: encode({ arn, after: lastRead ?? newest, at: now }) };
}

/** The operations of the DynamoDB Streams API. Their names collide with none of the tables' own. */
export function streamOperations(source: StreamSource): Readonly<Record<string, Operation>> {
  const on = (action: string, resource: string): readonly Permission[] => [{ action: `dynamodb:${action}`, resource }];
  return {
    ListStreams: { permissions: () => on("ListStreams", "*"), run: (input) => listStreams(source, input) },
    DescribeStream: {
      permissions: (input) => on("DescribeStream", parsed(describeInput, input).StreamArn),
      run: (input) => describeStream(source, input),
    },
    GetShardIterator: {
      permissions: (input) => on("GetShardIterator", parsed(iteratorInput, input).StreamArn),
      run: (input) => getShardIterator(source, input),
    },
    GetRecords: {
      permissions: (input) => on("GetRecords", decode(parsed(recordsInput, input).ShardIterator).arn),
      run: (input) => getRecords(source, input),
    },
  };
}
