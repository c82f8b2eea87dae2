import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import type { Resource } from "@slipway/local-aws/kernel/part";
import type { Storage } from "@slipway/local-aws/kernel/storage";
import { createDynamoDb, type DynamoDbOptions } from "@slipway/local-aws/services/dynamodb/index";
import { advancingClock, type TestClock } from "../support/clocks.ts";
import { temporaryDirectory } from "../support/files.ts";
import { startLocalAws } from "../support/local-aws.ts";

export const newDataDir = (): string => temporaryDirectory().path;

export const deployments: Resource = {
  logicalId: "Deployments",
  type: "AWS::DynamoDB::Table",
  physicalName: "slipway-deployments",
  properties: {
    KeySchema: [
      { AttributeName: "deployment_id", KeyType: "HASH" },
      { AttributeName: "item", KeyType: "RANGE" },
    ],
    AttributeDefinitions: [
      { AttributeName: "deployment_id", AttributeType: "N" },
      { AttributeName: "item", AttributeType: "S" },
      { AttributeName: "stage", AttributeType: "S" },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "by_stage",
        KeySchema: [{ AttributeName: "stage", KeyType: "HASH" }],
        Projection: { ProjectionType: "ALL" },
      },
    ],
    BillingMode: "PAY_PER_REQUEST",
    StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
    TimeToLiveSpecification: { AttributeName: "expires_at", Enabled: true },
  },
};

/** DynamoDB with the table `deployments`, and the clients that talk to it. */
export async function startDynamoDb(
  dataDir: string,
  options: DynamoDbOptions = { indexDelayMs: 0 },
  clock: TestClock = advancingClock(),
  storage?: Storage,
) {
  const aws = await startLocalAws({ dataDir, clock, ...(storage === undefined ? {} : { storage }) });
  const part = aws.add(await createDynamoDb(aws.context, options));
  const ensure = async (resource: Resource) => {
    const provider = part.providers.find(({ type }) => type === resource.type);
    if (provider === undefined) throw new Error(`No provider of ${resource.type}`);
    return provider.ensure(resource);
  };
  const table = await ensure(deployments);
  await aws.start();
  const configuration = { ...aws.client(), maxAttempts: 1 };
  const dynamodb = new DynamoDBClient(configuration);
  const streams = new DynamoDBStreamsClient(configuration);
  return {
    part,
    table,
    clock,
    ensure,
    dynamodb,
    streams,
    close: async () => {
      dynamodb.destroy();
      streams.destroy();
      await aws.close();
    },
  };
}

export type RunningDynamoDb = Awaited<ReturnType<typeof startDynamoDb>>;
