import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import type { Clock } from "@slipway/local-aws/kernel/clock";
import type { LocalContext, Resource } from "@slipway/local-aws/kernel/part";
import { openState } from "@slipway/local-aws/kernel/state";
import type { Storage } from "@slipway/local-aws/kernel/storage";
import { createDynamoDb, type DynamoDbOptions } from "@slipway/local-aws/services/dynamodb/index";

/** A clock that ticks with the machine, and can be put forward. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

function testClock(): TestClock {
  let ahead = 0;
  const waiting = new Set<{ due: number; run: () => void; timer: NodeJS.Timeout }>();
  const now = (): number => Date.now() + ahead;
  return {
    now,
    elapsed: () => performance.now() + ahead,
    after: (ms, run) => {
      const due = now() + ms;
      const fire = (): void => {
        clearTimeout(entry.timer);
        if (waiting.delete(entry)) run();
      };
      const entry = { due, run: fire, timer: setTimeout(fire, ms) };
      entry.timer.unref();
      waiting.add(entry);
      return () => {
        clearTimeout(entry.timer);
        waiting.delete(entry);
      };
    },
    advance: (ms) => {
      ahead += ms;
      for (const entry of [...waiting]) if (entry.due <= now()) entry.run();
    },
  };
}

export const newDataDir = (): string => mkdtempSync(join(tmpdir(), "slipway-dynamodb-"));

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

/** DynamoDB behind the real endpoint, and the clients that talk to it. Everyone may do everything. */
export async function startDynamoDb(
  dataDir: string,
  options: DynamoDbOptions = { indexDelayMs: 0 },
  clock = testClock(),
  storage?: Storage,
) {
  const randomHex = (n: number): string =>
    Array.from({ length: n }, () => Math.floor(Math.random() * 16).toString(16)).join("");
  const log = (): void => undefined;
  const endpoint = await startEndpoint({
    identify: (name) => ({ name, roleArn: null }),
    secretOf: () => "test",
    authorize: () => undefined,
    log,
    ...(storage === undefined ? {} : { storage }),
    randomHex,
  });
  const state = openState(dataDir, storage);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const context: LocalContext = {
    account: "123456789012",
    region: "eu-west-1",
    dataDir,
    clock,
    randomHex,
    state,
    log,
    awsEndpoint: endpoint.url,
    publicUrl: "http://localhost",
    credentialsFor: () => credentials,
    serviceCredentials: () => credentials,
    emit: () => undefined,
  };
  const part = await createDynamoDb(context, options);
  for (const service of part.services) endpoint.register(service);
  const ensure = async (resource: Resource) => {
    const provider = part.providers.find(({ type }) => type === resource.type);
    if (provider === undefined) throw new Error(`No provider of ${resource.type}`);
    return provider.ensure(resource);
  };
  const table = await ensure(deployments);
  await part.start?.();
  const configuration = { endpoint: endpoint.url, region: "eu-west-1", credentials, maxAttempts: 1 };
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
      await endpoint.close();
      await part.close();
      state.close();
    },
  };
}

export type RunningDynamoDb = Awaited<ReturnType<typeof startDynamoDb>>;
