import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createDynamoDb } from "@slipway/local-aws/services/dynamodb/index";
import { createFauxqs } from "@slipway/local-aws/services/s3-and-sqs/index";
import { createSsm } from "@slipway/local-aws/services/ssm/ssm";
import { startLocalAws } from "../local-aws/support/local-aws.ts";

type Key = readonly [name: string, type: "N" | "S"];
interface Shape {
  readonly keys: readonly Key[];
  readonly indexes?: Readonly<Record<string, readonly Key[]>>;
  /** What the indexes hold beside keys; an index without an entry holds everything. */
  readonly holds?: Readonly<Record<string, readonly string[]>>;
  readonly expires?: true;
}

/** The tables of docs/architecture.md. */
const tables = {
  deployments: {
    keys: [
      ["deployment_id", "N"],
      ["item", "S"],
    ],
    indexes: {
      newest: [
        ["item", "S"],
        ["id", "N"],
      ],
      by_app: [
        ["app_id", "N"],
        ["id", "N"],
      ],
      by_stage: [
        ["stage", "S"],
        ["id", "N"],
      ],
      open: [
        ["open", "S"],
        ["next_poll_at", "S"],
      ],
    },
    holds: {
      newest: ["listed", "app_id", "stage"],
      by_app: ["listed", "stage"],
      by_stage: ["listed", "app_id"],
      open: ["listed", "id", "app_id", "stage", "outbox"],
    },
    expires: true,
  },
  apps: {
    keys: [
      ["kind", "S"],
      ["key", "S"],
    ],
  },
  releases: {
    keys: [
      ["app_id", "N"],
      ["deployment_id", "N"],
    ],
  },
  tokens: {
    keys: [["token_hash", "S"]],
    indexes: {
      by_id: [
        ["kind", "S"],
        ["id", "N"],
      ],
    },
    expires: true,
  },
  requests: { keys: [["key", "S"]], expires: true },
  counters: { keys: [["name", "S"]] },
  metrics: {
    keys: [
      ["app_id", "N"],
      ["ended", "S"],
    ],
    expires: true,
  },
  audit: {
    keys: [
      ["audit_scope", "S"],
      ["id", "S"],
    ],
    expires: true,
  },
  notices: {
    keys: [
      ["app_id", "N"],
      ["item", "S"],
    ],
    expires: true,
  },
} as const satisfies Record<string, Shape>;

type TableName = keyof typeof tables;

const schema = (keys: readonly Key[]) =>
  keys.map(([AttributeName], index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" }));

function properties({ keys, indexes = {}, holds = {}, expires }: Shape): Record<string, unknown> {
  const attributes = new Map([...keys, ...Object.values(indexes).flat()]);
  const secondary = Object.entries(indexes).map(([IndexName, of]) => ({
    IndexName,
    KeySchema: schema(of),
    Projection:
      holds[IndexName] === undefined
        ? { ProjectionType: "ALL" }
        : { ProjectionType: "INCLUDE", NonKeyAttributes: holds[IndexName] },
  }));
  return {
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: schema(keys),
    AttributeDefinitions: [...attributes].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
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
  const dynamodb = new DynamoDBClient(client);
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
