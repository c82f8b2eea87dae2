import { DeleteItemCommand, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, test } from "@jest/globals";
import { until } from "../support/wait.ts";
import { deployments, newDataDir, type RunningDynamoDb, startDynamoDb } from "./start-dynamodb.ts";

const TableName = "slipway-deployments";
const hour = 3_600_000;
let running: RunningDynamoDb | undefined;

async function start(dataDir: string, indexDelayMs: number): Promise<RunningDynamoDb> {
  running = await startDynamoDb(dataDir, { indexDelayMs });
  return running;
}
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const key = (id: number) => ({ deployment_id: { N: String(id) }, item: { S: "state" } });
const put = (it: RunningDynamoDb, id: number, stage: string) =>
  it.dynamodb.send(new PutItemCommand({ TableName, Item: { ...key(id), stage: { S: stage } } }));
async function inStage(it: RunningDynamoDb, stage: string, IndexName = "by_stage"): Promise<string[]> {
  const answer = await it.dynamodb.send(
    new QueryCommand({
      TableName,
      IndexName,
      KeyConditionExpression: "stage = :stage",
      ExpressionAttributeValues: { ":stage": { S: stage } },
    }),
  );
  return (answer.Items ?? []).map((item) => item.deployment_id?.N ?? "").sort();
}

describe("a global secondary index", () => {
  test("sees a write later than the table does", async () => {
    const it = await start(newDataDir(), hour);
    await put(it, 1, "pending");
    expect((await it.dynamodb.send(new GetItemCommand({ TableName, Key: key(1) }))).Item?.stage).toEqual({
      S: "pending",
    });
    expect(await inStage(it, "pending")).toEqual([]);
    it.clock.advance(hour);
    await until(
      () => inStage(it, "pending"),
      (ids) => ids.length === 1,
    );

    await put(it, 1, "building");
    expect(await inStage(it, "pending")).toEqual(["1"]);
    await it.dynamodb.send(new DeleteItemCommand({ TableName, Key: key(1) }));
    it.clock.advance(hour);
    await until(
      () => inStage(it, "pending"),
      (ids) => ids.length === 0,
    );
    await until(
      () => inStage(it, "building"),
      (ids) => ids.length === 0,
    );
  });

  test("loses nothing that was still on its way when the process ended", async () => {
    const dataDir = newDataDir();
    const before = await start(dataDir, hour);
    await put(before, 1, "pending");
    await put(before, 1, "building");
    await before.close();
    const after = await start(dataDir, hour);
    expect(await inStage(after, "pending")).toEqual([]);
    expect(await inStage(after, "building")).toEqual(["1"]);
  });

  test("without a delay sees every write at once", async () => {
    const it = await start(newDataDir(), 0);
    await put(it, 1, "pending");
    expect(await inStage(it, "pending")).toEqual(["1"]);
    await put(it, 1, "building");
    expect(await inStage(it, "pending")).toEqual([]);
  });

  test("that the template gained later holds the items that were there before", async () => {
    const it = await start(newDataDir(), 0);
    await put(it, 1, "pending");
    await put(it, 2, "pending");
    const [index] = deployments.properties.GlobalSecondaryIndexes as readonly object[];
    const GlobalSecondaryIndexes = [{ ...index, IndexName: "by_stage_again" }];
    await it.ensure({ ...deployments, properties: { ...deployments.properties, GlobalSecondaryIndexes } });
    expect(await inStage(it, "pending", "by_stage_again")).toEqual(["1", "2"]);
    await expect(inStage(it, "pending")).rejects.toMatchObject({ name: "ValidationException" });
  });
});
