import { DeleteItemCommand, GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import {
  type _Record,
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type ShardIteratorType,
} from "@aws-sdk/client-dynamodb-streams";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { until } from "../support/wait.ts";
import { deployments, newDataDir, type RunningDynamoDb, startDynamoDb } from "./start-dynamodb.ts";

const TableName = "slipway-deployments";
const day = 24 * 3_600_000;
let dataDir: string;
let running: RunningDynamoDb;
beforeEach(async () => {
  dataDir = newDataDir();
  running = await startDynamoDb(dataDir, { indexDelayMs: 0, expiryMs: 1000 });
});
afterEach(() => running.close());

const key = (id: number) => ({ deployment_id: { N: String(id) }, item: { S: "state" } });
const put = (id: number, attributes = {}) =>
  running.dynamodb.send(new PutItemCommand({ TableName, Item: { ...key(id), ...attributes } }));
const remove = (id: number) => running.dynamodb.send(new DeleteItemCommand({ TableName, Key: key(id) }));

async function iterator(ShardIteratorType: ShardIteratorType, SequenceNumber?: string): Promise<string | undefined> {
  const StreamArn = running.table.attributes?.StreamArn;
  const described = await running.streams.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = described.StreamDescription?.Shards?.[0]?.ShardId;
  const input = { StreamArn, ShardId, ShardIteratorType, SequenceNumber };
  return (await running.streams.send(new GetShardIteratorCommand(input))).ShardIterator;
}
async function read(
  ShardIterator: string | undefined,
  Limit = 1000,
): Promise<{ records: _Record[]; next: string | undefined }> {
  const answer = await running.streams.send(new GetRecordsCommand({ ShardIterator, Limit }));
  return { records: answer.Records ?? [], next: answer.NextShardIterator };
}
const all = async (): Promise<_Record[]> => (await read(await iterator("TRIM_HORIZON"))).records;
const events = (records: readonly _Record[]) =>
  records.map((it) => `${it.eventName} ${it.dynamodb?.Keys?.deployment_id?.N}`);

describe("records", () => {
  test("say what became of an item, with both images", async () => {
    await put(1, { n: { N: "1" } });
    await put(1, { n: { N: "2" } });
    await remove(1);
    const [inserted, modified, removed] = await all();
    expect(inserted).toMatchObject({
      eventName: "INSERT",
      eventSource: "aws:dynamodb",
      awsRegion: "eu-west-1",
      dynamodb: { Keys: key(1), NewImage: { ...key(1), n: { N: "1" } }, StreamViewType: "NEW_AND_OLD_IMAGES" },
    });
    expect(inserted?.dynamodb).not.toHaveProperty("OldImage");
    expect(modified).toMatchObject({
      eventName: "MODIFY",
      dynamodb: { OldImage: { n: { N: "1" } }, NewImage: { n: { N: "2" } } },
    });
    expect(removed).toMatchObject({ eventName: "REMOVE", dynamodb: { OldImage: { n: { N: "2" } } } });
    expect(removed?.dynamodb).not.toHaveProperty("NewImage");
    const age = Date.now() - Number(inserted?.dynamodb?.ApproximateCreationDateTime?.getTime());
    expect(age).toBeLessThan(10_000);
    expect(new Set([inserted, modified, removed].map((it) => it?.eventID)).size).toBe(3);
  });

  test("are not made by a write that changes nothing or does not happen", async () => {
    await put(1, { a: { S: "x" }, b: { S: "y" } });
    await put(1, { b: { S: "y" }, a: { S: "x" } });
    await remove(2);
    const taken = { TableName, Item: key(1), ConditionExpression: "attribute_not_exists(deployment_id)" };
    const transaction = new TransactWriteItemsCommand({
      TransactItems: [{ Put: { TableName, Item: key(3) } }, { Put: taken }],
    });
    await expect(running.dynamodb.send(transaction)).rejects.toMatchObject({ name: "TransactionCanceledException" });
    expect(events(await all())).toEqual(["INSERT 1"]);
  });

  test("of a transaction are there for each of its items", async () => {
    const TransactItems = [1, 2].map((id) => ({ Put: { TableName, Item: key(id) } }));
    await running.dynamodb.send(new TransactWriteItemsCommand({ TransactItems }));
    expect(events(await all())).toEqual(["INSERT 1", "INSERT 2"]);
  });

  test("survive a restart, and so do iterators and the stream's ARN", async () => {
    const latest = await iterator("LATEST");
    await put(1);
    const arn = running.table.attributes?.StreamArn;
    await running.close();
    running = await startDynamoDb(dataDir, { indexDelayMs: 0 });
    await put(2);
    expect(running.table.attributes?.StreamArn).toBe(arn);
    expect(events((await read(latest)).records)).toEqual(["INSERT 1", "INSERT 2"]);
  });

  test("hold what the view type says", async () => {
    const StreamSpecification = { StreamViewType: "KEYS_ONLY" };
    await running.ensure({ ...deployments, properties: { ...deployments.properties, StreamSpecification } });
    await put(1, { n: { N: "1" } });
    const [record] = await all();
    expect(record?.dynamodb).toMatchObject({ Keys: key(1), StreamViewType: "KEYS_ONLY" });
    expect(record?.dynamodb).not.toHaveProperty("NewImage");
  });

  test("are gone after 24 hours, and a reader in the middle of them gets an error", async () => {
    await put(1);
    await put(2);
    const [first] = await all();
    running.clock.advance(day + 60_000);
    running.clock.advance(601_000);
    await until(all, (records) => records.length === 0);
    await put(3);
    expect(events(await all())).toEqual(["INSERT 3"]);
    const stale = iterator("AFTER_SEQUENCE_NUMBER", first?.dynamodb?.SequenceNumber);
    await expect(stale).rejects.toMatchObject({ name: "TrimmedDataAccessException" });
  });
});

describe("iterators", () => {
  test("page through the records in the order of the writes", async () => {
    const ids = Array.from({ length: 25 }, (_, n) => n + 1);
    for (const id of ids) await put(id);
    const seen: string[] = [];
    let next = await iterator("TRIM_HORIZON");
    for (let page = 0; page < 3; page += 1) {
      const answer = await read(next, 10);
      seen.push(...events(answer.records));
      next = answer.next;
    }
    expect(seen).toEqual(ids.map((id) => `INSERT ${id}`));
    expect((await read(next)).records).toEqual([]);
  });

  test("LATEST sees only what comes; AT and AFTER begin where they say", async () => {
    for (const id of [1, 2, 3]) await put(id);
    const latest = await iterator("LATEST");
    await put(4);
    const second = (await all())[1]?.dynamodb?.SequenceNumber;
    expect(events((await read(latest)).records)).toEqual(["INSERT 4"]);
    const at = await read(await iterator("AT_SEQUENCE_NUMBER", second));
    expect(events(at.records)).toEqual(["INSERT 2", "INSERT 3", "INSERT 4"]);
    const after = await read(await iterator("AFTER_SEQUENCE_NUMBER", second));
    expect(events(after.records)).toEqual(["INSERT 3", "INSERT 4"]);
  });

  test("expire after 15 minutes, and nonsense is refused", async () => {
    const old = await iterator("TRIM_HORIZON");
    running.clock.advance(16 * 60_000);
    await expect(read(old)).rejects.toMatchObject({ name: "ExpiredIteratorException" });
    await expect(read("nonsense")).rejects.toMatchObject({ name: "ValidationException" });
  });
});

test("the table's stream is listed", async () => {
  const { Streams } = await running.streams.send(new ListStreamsCommand({ TableName }));
  expect(Streams?.map(({ StreamArn }) => StreamArn)).toEqual([running.table.attributes?.StreamArn]);
});

describe("time to live", () => {
  const gone = (id: number) =>
    until(
      async () => (await running.dynamodb.send(new GetItemCommand({ TableName, Key: key(id) }))).Item,
      (item) => item === undefined,
    );
  const inAnHour = (): string => String(Math.floor(running.clock.now() / 1000) + 3600);

  test("deletes an expired item and says on the stream who did", async () => {
    await put(1, { expires_at: { N: inAnHour() } });
    running.clock.advance(3_602_000);
    await gone(1);
    const last = (await all()).at(-1);
    expect(last).toMatchObject({
      eventName: "REMOVE",
      userIdentity: { Type: "Service", PrincipalId: "dynamodb.amazonaws.com" },
    });
  });

  test("leaves alone what has time left, was given more, or has no number there", async () => {
    await put(1, { expires_at: { N: inAnHour() } });
    await put(2, { expires_at: { N: inAnHour() } });
    await put(2, { expires_at: { N: String(Number(inAnHour()) + 36_000) } });
    await put(3, { expires_at: { S: "soon" } });
    running.clock.advance(3_602_000);
    await gone(1);
    expect(events(await all()).filter((it) => it.startsWith("REMOVE"))).toEqual(["REMOVE 1"]);
  });
});
