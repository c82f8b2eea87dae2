// DynamoDB counts bytes of UTF-8: what fits in characters need not fit.
import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { newDataDir, type RunningDynamoDb, startDynamoDb } from "./start-dynamodb.ts";

const TableName = "slipway-deployments";
const key = (id: number, item = "state") => ({ deployment_id: { N: String(id) }, item: { S: item } });
/** Three bytes each. */
const snowmen = (count: number): string => "☃".repeat(count);

let running: RunningDynamoDb;
beforeAll(async () => {
  running = await startDynamoDb(newDataDir());
});
afterAll(() => running.close());

const put = (id: number, text: string, item?: string) =>
  running.dynamodb.send(
    new PutItemCommand({ TableName, Item: { ...key(id, item), text: { S: text }, stage: { S: "big" } } }),
  );
const isThere = async (id: number) =>
  (await running.dynamodb.send(new GetItemCommand({ TableName, Key: key(id) }))).Item !== undefined;

describe("an item has at most 400 KB in bytes", () => {
  const tooLarge = { name: "ValidationException", message: expect.stringContaining("Item size") };
  const most = snowmen(136_000);

  test("a put", async () => {
    await put(1, most);
    await expect(put(2, snowmen(137_000))).rejects.toMatchObject(tooLarge);
    expect(await isThere(2)).toBe(false);
  });

  test("an update, in a list within a map", async () => {
    await put(3, snowmen(70_000));
    const grow = new UpdateItemCommand({
      TableName,
      Key: key(3),
      UpdateExpression: "SET #map = :map",
      ExpressionAttributeNames: { "#map": "map" },
      ExpressionAttributeValues: { ":map": { M: { list: { L: [{ SS: [snowmen(69_000)] }] } } } },
    });
    await expect(running.dynamodb.send(grow)).rejects.toMatchObject(tooLarge);
  });

  test("a transaction, of which nothing is written", async () => {
    const items = [
      { Put: { TableName, Item: key(4) } },
      { Put: { TableName, Item: { ...key(5), text: { S: snowmen(137_000) } } } },
    ];
    await expect(running.dynamodb.send(new TransactWriteItemsCommand({ TransactItems: items }))).rejects.toMatchObject({
      name: "TransactionCanceledException",
      CancellationReasons: [{ Code: "None" }, { Code: "ValidationError" }],
    });
    expect(await isThere(4)).toBe(false);
  });
});

describe("a page ends at 1 MB in bytes", () => {
  const made = Array.from({ length: 12 }, (_, index) => `chunk-${String(index).padStart(2, "0")}`);
  beforeAll(async () => {
    for (const item of made) await put(7, snowmen(40_000), item);
  });
  const ofPartition = {
    TableName,
    KeyConditionExpression: "deployment_id = :id",
    ExpressionAttributeValues: { ":id": { N: "7" } },
  };
  const ofIndex = {
    TableName,
    IndexName: "by_stage",
    KeyConditionExpression: "stage = :stage",
    FilterExpression: "deployment_id = :id",
    ExpressionAttributeValues: { ":stage": { S: "big" }, ":id": { N: "7" } },
  };
  const ofScan = {
    TableName,
    FilterExpression: "deployment_id = :id",
    ExpressionAttributeValues: { ":id": { N: "7" } },
  };

  test.each([
    ["a query", (from: object) => new QueryCommand({ ...ofPartition, ...from })],
    ["a query backwards", (from: object) => new QueryCommand({ ...ofPartition, ScanIndexForward: false, ...from })],
    ["a query of an index", (from: object) => new QueryCommand({ ...ofIndex, ...from })],
    ["a scan", (from: object) => new ScanCommand({ ...ofScan, ...from })],
  ])("%s, and the next ones have the rest once", async (_, command) => {
    const found: string[] = [];
    let pages = 0;
    let from: object = {};
    do {
      const { Items = [], LastEvaluatedKey } = await running.dynamodb.send(command(from) as QueryCommand);
      found.push(...Items.map(({ item }) => item?.S ?? ""));
      pages += 1;
      from = LastEvaluatedKey === undefined ? {} : { ExclusiveStartKey: LastEvaluatedKey };
    } while ("ExclusiveStartKey" in from);
    // 12 of 120 KB: nine reach a megabyte.
    expect(pages).toBeGreaterThan(1);
    expect(found.toSorted()).toEqual(made);
  });

  test("a limit that is smaller holds", async () => {
    const { Items, LastEvaluatedKey } = await running.dynamodb.send(new QueryCommand({ ...ofPartition, Limit: 3 }));
    expect(Items).toHaveLength(3);
    expect(LastEvaluatedKey).toMatchObject({ item: { S: "chunk-02" } });
  });
});
