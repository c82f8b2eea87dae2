import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { newDataDir, type RunningDynamoDb, startDynamoDb } from "./start-dynamodb.ts";

const TableName = "slipway-deployments";
const key = (id: number, item = "state") => ({ deployment_id: { N: String(id) }, item: { S: item } });

let running: RunningDynamoDb;
beforeAll(async () => {
  running = await startDynamoDb(newDataDir());
});
afterAll(() => running.close());

const put = (id: number, attributes = {}, rest = {}) =>
  running.dynamodb.send(new PutItemCommand({ TableName, Item: { ...key(id), ...attributes }, ...rest }));
const get = async (id: number, item?: string) =>
  (await running.dynamodb.send(new GetItemCommand({ TableName, Key: key(id, item) }))).Item;

describe("items", () => {
  test("are read back as they were written", async () => {
    const attributes = { list: { L: [{ S: "a" }, { N: "1" }] }, raw: { B: new Uint8Array([1, 2, 255]) } };
    await put(1, attributes);
    expect(await get(1)).toEqual({ ...key(1), ...attributes });
  });

  test("an update answers the new image, a delete the old one", async () => {
    await put(2, { count: { N: "1" } });
    const update = await running.dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key: key(2),
        UpdateExpression: "ADD #count :one",
        ExpressionAttributeNames: { "#count": "count" },
        ExpressionAttributeValues: { ":one": { N: "1" } },
        ReturnValues: "ALL_NEW",
      }),
    );
    expect(update.Attributes).toEqual({ ...key(2), count: { N: "2" } });
    const gone = await running.dynamodb.send(
      new DeleteItemCommand({ TableName, Key: key(2), ReturnValues: "ALL_OLD" }),
    );
    expect(gone.Attributes).toEqual({ ...key(2), count: { N: "2" } });
    expect(await get(2)).toBeUndefined();
  });

  test("a failed condition changes nothing and shows the item to who asks for it", async () => {
    await put(3, { version: { N: "1" } });
    const condition = { ConditionExpression: "attribute_not_exists(deployment_id)" };
    const refused = put(3, { version: { N: "2" } }, { ...condition, ReturnValuesOnConditionCheckFailure: "ALL_OLD" });
    await expect(refused).rejects.toMatchObject({
      name: "ConditionalCheckFailedException",
      Item: { ...key(3), version: { N: "1" } },
    });
    await expect(put(3, {}, condition)).rejects.toMatchObject({ Item: undefined });
    expect(await get(3)).toEqual({ ...key(3), version: { N: "1" } });
  });

  test("100 concurrent increments are 100", async () => {
    const increment = new UpdateItemCommand({
      TableName,
      Key: key(4),
      UpdateExpression: "ADD n :one",
      ExpressionAttributeValues: { ":one": { N: "1" } },
    });
    await Promise.all(Array.from({ length: 100 }, () => running.dynamodb.send(increment)));
    expect((await get(4))?.n).toEqual({ N: "100" });
  });

  test("batches write and read", async () => {
    const requests = [10, 11, 12].map((id) => ({ PutRequest: { Item: key(id, "batch") } }));
    await running.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
    const Keys = [10, 12, 13].map((id) => key(id, "batch"));
    const found = await running.dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } }));
    const ids = found.Responses?.[TableName]?.map((item) => item.deployment_id?.N).sort();
    expect(ids).toEqual(["10", "12"]);
  });

  test.each([
    ["a table that does not exist", { TableName: "no-such-table", Key: key(1) }, "ResourceNotFoundException"],
    ["a key of the wrong shape", { TableName, Key: { deployment_id: { N: "1" } } }, "ValidationException"],
  ])("%s is refused as DynamoDB does", async (_name, input, name) => {
    await expect(running.dynamodb.send(new GetItemCommand(input))).rejects.toMatchObject({ name });
  });

  test("an operation that is not there is unknown", async () => {
    const create = new CreateTableCommand({ TableName: "another", KeySchema: [], AttributeDefinitions: [] });
    await expect(running.dynamodb.send(create)).rejects.toMatchObject({ name: "UnknownOperationException" });
  });

  test("the table describes itself", async () => {
    const { Table } = await running.dynamodb.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({ TableStatus: "ACTIVE", LatestStreamArn: running.table.attributes?.StreamArn });
    expect((await running.dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual([TableName]);
  });
});

describe("transactions", () => {
  const insert = (id: number, name = "state") => ({
    Put: { TableName, Item: key(id, name), ConditionExpression: "attribute_not_exists(deployment_id)" },
  });
  const transact = (TransactItems: TransactWriteItemsCommand["input"]["TransactItems"], token?: string) =>
    running.dynamodb.send(
      new TransactWriteItemsCommand({ TransactItems, ...(token !== undefined && { ClientRequestToken: token }) }),
    );

  test("do all four kinds of entry together", async () => {
    await put(20, { n: { N: "1" } });
    await put(21);
    await put(22);
    await transact([
      { ConditionCheck: { TableName, Key: key(22), ConditionExpression: "attribute_exists(deployment_id)" } },
      {
        Update: {
          TableName,
          Key: key(20),
          UpdateExpression: "SET n = n + :one",
          ExpressionAttributeValues: { ":one": { N: "1" } },
        },
      },
      { Delete: { TableName, Key: key(21) } },
      insert(23),
    ]);
    expect((await get(20))?.n).toEqual({ N: "2" });
    expect(await get(21)).toBeUndefined();
    expect(await get(22)).toEqual(key(22));
    expect(await get(23)).toEqual(key(23));
  });

  test("do nothing if one condition fails, and say which", async () => {
    await put(30);
    const taken = { Put: { ...insert(30).Put, ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const } };
    await expect(transact([insert(31), taken])).rejects.toMatchObject({
      name: "TransactionCanceledException",
      CancellationReasons: [{ Code: "None" }, { Code: "ConditionalCheckFailed", Item: key(30) }],
    });
    expect(await get(31)).toBeUndefined();
  });

  test("refuse two operations on one item", async () => {
    await expect(transact([insert(40), insert(40)])).rejects.toMatchObject({ name: "ValidationException" });
    await transact([insert(40), insert(40, "other")]);
  });

  test("sent twice with one token are one; the token of another is refused", async () => {
    await transact([insert(50)], "token-1");
    await transact([insert(50)], "token-1");
    const other = transact([insert(51)], "token-1");
    await expect(other).rejects.toMatchObject({ name: "IdempotentParameterMismatchException" });
    running.clock.advance(11 * 60 * 1000);
    await expect(transact([insert(50)], "token-1")).rejects.toMatchObject({ name: "TransactionCanceledException" });
  });

  test("compete with other writes for the same items and exactly one wins", async () => {
    const bids = Array.from({ length: 20 }, (_, n) =>
      n % 2 === 0 ? transact([insert(60)]) : put(60, {}, insert(60).Put),
    );
    const won = (await Promise.allSettled(bids)).filter(({ status }) => status === "fulfilled");
    expect(won).toHaveLength(1);
  });
});

test("a scan sees every item, page by page", async () => {
  const seen: string[] = [];
  let from: Record<string, never> | ScanCommand["input"]["ExclusiveStartKey"];
  do {
    const page: { Items?: object[] | undefined; LastEvaluatedKey?: typeof from } = await running.dynamodb.send(
      new ScanCommand({ TableName, Limit: 3, ExclusiveStartKey: from }),
    );
    seen.push(...(page.Items ?? []).map((item) => JSON.stringify(item)));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  const whole = await running.dynamodb.send(new ScanCommand({ TableName }));
  expect(seen.sort()).toEqual((whole.Items ?? []).map((item) => JSON.stringify(item)).sort());
});
