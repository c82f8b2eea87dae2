import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createDynamoDb } from "@slipway/local-aws/services/dynamodb/index";
import { createFauxqs } from "@slipway/local-aws/services/s3-and-sqs/index";
import { createSsm } from "@slipway/local-aws/services/ssm/ssm";
import { type KeyShape, type TableName, type TableShape, tables } from "../../lib/adapters/dynamodb/keys.ts";
import { retryTransactionConflicts } from "../../lib/adapters/dynamodb/transaction-conflicts.ts";
import { startLocalAws } from "../local-aws/support/local-aws.ts";

const schema = (key: KeyShape) =>
  Object.keys(key).map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" }));

function properties({ key, indexes = {}, expires }: TableShape): Record<string, unknown> {
  const attributes = Object.assign({ ...key }, ...Object.values(indexes).map((index) => index.key)) as KeyShape;
  const secondary = Object.entries(indexes).map(([IndexName, index]) => ({
    IndexName,
    KeySchema: schema(index.key),
    Projection:
      index.holds === undefined
        ? { ProjectionType: "ALL" }
        : { ProjectionType: "INCLUDE", NonKeyAttributes: index.holds },
  }));
  return {
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: schema(key),
    AttributeDefinitions: Object.entries(attributes).map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    ...(secondary.length > 0 ? { GlobalSecondaryIndexes: secondary } : {}),
    ...(expires ? { TimeToLiveSpecification: { AttributeName: "expires_at", Enabled: true } } : {}),
  };
}

export interface AwsInProcess {
  readonly documents: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
  readonly queueUrl: string;
  table(name: TableName): string;
  /** Takes what lies on the queue, as parsed bodies. */
  received(): Promise<unknown[]>;
  close(): Promise<void>;
}

/** DynamoDB, SQS and SSM of local-aws in this process, with Slipway's tables and its work queue. */
export async function startAwsInProcess(): Promise<AwsInProcess> {
  const aws = await startLocalAws({
    services: [
      (context) => createDynamoDb(context, { indexDelayMs: 20 }),
      (context) => createFauxqs(context, { duplicateOneIn: 0 }),
      createSsm,
    ],
  });
  for (const [name, shape] of Object.entries(tables)) await aws.ensure("AWS::DynamoDB::Table", name, properties(shape));
  const { ref: queueUrl } = await aws.ensure("AWS::SQS::Queue", "work");
  await aws.start();
  const client = { ...aws.client("contracts"), maxAttempts: 1 };
  const dynamodb = retryTransactionConflicts(new DynamoDBClient(client));
  const sqs = new SQSClient(client);
  const ssm = new SSMClient(client);
  return {
    documents: DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } }),
    sqs,
    ssm,
    queueUrl,
    table: (name) => `slipway-${name}`,
    received: () => taken(sqs, queueUrl),
    close: async () => {
      for (const one of [dynamodb, sqs, ssm]) one.destroy();
      await aws.close();
    },
  };
}

async function taken(sqs: SQSClient, QueueUrl: string): Promise<unknown[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.map(({ Body }) => JSON.parse(Body ?? "null"));
}
