import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import type { LocalContext } from "../../kernel/part.ts";
import type { StreamMapping } from "./mapping.ts";
import { type FetchedRecord, recordFrom } from "./stream-event.ts";

export interface Shard {
  readonly id: string;
  readonly parentId: string | undefined;
}

/** Where reading begins. */
export type Position =
  | { readonly type: "TRIM_HORIZON" | "LATEST" }
  | { readonly type: "AFTER_SEQUENCE_NUMBER"; readonly sequenceNumber: string };

/** What a read of a shard yields; without `next` the shard has ended. */
export interface Page {
  readonly records: readonly FetchedRecord[];
  readonly next: string | undefined;
}

/** The calls on one DynamoDB stream, made as the function's role. */
export interface Stream {
  /** Lambda asks for it, so a role without the grant has to fail here as well. */
  check(): Promise<void>;
  shards(): Promise<readonly Shard[]>;
  iterator(shardId: string, position: Position): Promise<string>;
  read(iterator: string, limit: number): Promise<Page>;
  close(): void;
}

/** The most that GetRecords gives. */
const RECORDS_A_CALL = 1000;

export function openStream(context: LocalContext, mapping: StreamMapping, roleArn: string): Stream {
  const credentials = context.credentialsFor(roleArn, mapping.functionName);
  const { awsEndpoint: endpoint, region } = context;
  const client = new DynamoDBStreamsClient({ endpoint, region, credentials, maxAttempts: 1 });
  const StreamArn = mapping.sourceArn;

  async function shards(after?: string): Promise<Shard[]> {
    const page = after === undefined ? {} : { ExclusiveStartShardId: after };
    const { StreamDescription: stream } = await client.send(new DescribeStreamCommand({ StreamArn, ...page }));
    const found = (stream?.Shards ?? []).map((shard) => ({ id: shard.ShardId ?? "", parentId: shard.ParentShardId }));
    const last = stream?.LastEvaluatedShardId;
    return last === undefined ? found : [...found, ...(await shards(last))];
  }

  return {
    async check() {
      const [, table] = StreamArn.split("/");
      await client.send(new ListStreamsCommand(table === undefined ? {} : { TableName: table }));
    },
    shards: () => shards(),
    async iterator(ShardId, position) {
      const from = position.type === "AFTER_SEQUENCE_NUMBER" ? { SequenceNumber: position.sequenceNumber } : {};
      const request = { StreamArn, ShardId, ShardIteratorType: position.type, ...from };
      const { ShardIterator } = await client.send(new GetShardIteratorCommand(request));
      if (ShardIterator === undefined) throw new Error(`${StreamArn} gave no iterator for ${ShardId}.`);
      return ShardIterator;
    },
    async read(ShardIterator, limit) {
      const request = { ShardIterator, Limit: Math.min(RECORDS_A_CALL, limit) };
      const { Records = [], NextShardIterator } = await client.send(new GetRecordsCommand(request));
      return { records: Records.map((record) => recordFrom(record, StreamArn)), next: NextShardIterator };
    },
    close: () => client.destroy(),
  };
}
