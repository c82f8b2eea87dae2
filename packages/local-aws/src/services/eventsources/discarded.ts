import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { LocalContext } from "../../kernel/part.ts";
import { uuid } from "../../kernel/uuid.ts";
import { queueUrl } from "../events/sender.ts";
import { functionArn, type StreamMapping } from "./mapping.ts";
import type { FetchedRecord } from "./stream-event.ts";

/** Why a batch was given up. */
export type Condition = "RetryAttemptsExhausted" | "RecordAgeExceeded";

/** A batch that its function will not get any more. */
interface DiscardedBatch {
  readonly shardId: string;
  readonly records: readonly FetchedRecord[];
  readonly condition: Condition;
  /** How often the function was invoked with it. */
  readonly invocations: number;
  /** `Unhandled`, or `null` when the function returned and reported failures. */
  readonly functionError: string | null;
}

/** Sends discarded batches to the on-failure destination. */
export interface Discarded {
  /** Does nothing without a destination. Rejects when the queue does not take it: to be tried again. */
  report(batch: DiscardedBatch): Promise<void>;
  close(): void;
}

const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** What Lambda sends: where the records lie, not the records. */
function messageOf(context: LocalContext, mapping: StreamMapping, batch: DiscardedBatch): unknown {
  const { records, invocations, functionError } = batch;
  const first = records[0];
  const last = records.at(-1);
  return {
    requestContext: {
      requestId: uuid(context.randomHex),
      functionArn: functionArn(context, mapping.functionName),
      condition: batch.condition,
      approximateInvokeCount: invocations,
    },
    ...(invocations === 0 ? {} : { responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError } }),
    version: "1.0",
    timestamp: new Date(context.clock.now()).toISOString(),
    DDBStreamBatchInfo: {
      shardId: batch.shardId,
      startSequenceNumber: first?.sequenceNumber,
      endSequenceNumber: last?.sequenceNumber,
      approximateArrivalOfFirstRecord: seconds(first?.created ?? 0),
      approximateArrivalOfLastRecord: seconds(last?.created ?? 0),
      batchSize: records.length,
      streamArn: mapping.sourceArn,
    },
  };
}

export function createDiscarded(context: LocalContext, mapping: StreamMapping, roleArn: string): Discarded {
  const { awsEndpoint: endpoint, region } = context;
  const credentials = context.credentialsFor(roleArn, mapping.functionName);
  const client = new SQSClient({ endpoint, region, credentials, maxAttempts: 1 });
  return {
    async report(batch) {
      if (mapping.onFailure === undefined) return;
      const MessageBody = JSON.stringify(messageOf(context, mapping, batch));
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl(context, mapping.onFailure), MessageBody }));
    },
    close: () => client.destroy(),
  };
}
