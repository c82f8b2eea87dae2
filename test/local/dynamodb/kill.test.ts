import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { type _Record, GetRecordsCommand, GetShardIteratorCommand } from "@aws-sdk/client-dynamodb-streams";
import { expect, test } from "@jest/globals";
import { newDataDir, type RunningDynamoDb, startDynamoDb } from "./laptop.ts";

const TableName = "slipway-deployments";
const child = fileURLToPath(new URL("writer.child.ts", import.meta.url));

/** Lets a process write from `first` on, kills it in the middle, and says up to where it had acknowledged. */
async function writeAndKill(dataDir: string, first: number, writes: number): Promise<number> {
  const writer = spawn(process.execPath, ["--no-warnings", child, dataDir, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  writer.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.split("\n").length > writes) writer.kill("SIGKILL");
  });
  await once(writer, "close");
  return Number(said.trimEnd().split("\n").at(-1));
}

async function allRecords(running: RunningDynamoDb): Promise<_Record[]> {
  const StreamArn = running.table.attributes?.StreamArn;
  const ShardId = "shardId-00000000000000000000-00000001";
  const start = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" });
  let { ShardIterator } = await running.streams.send(start);
  const records: _Record[] = [];
  for (;;) {
    const answer = await running.streams.send(new GetRecordsCommand({ ShardIterator }));
    if (answer.Records?.length === 0) return records;
    records.push(...(answer.Records ?? []));
    ShardIterator = answer.NextShardIterator;
  }
}

/** The number of the write that a record tells of, once for each item it touched. */
const written = (record: _Record): number => Number(record.dynamodb?.NewImage?.n?.N);
const expected = (upTo: number): number[] =>
  Array.from({ length: upTo + 1 }, (_, n) => (n % 4 === 0 ? [n, n] : [n])).flat();

test("a kill at any moment loses no record of an acknowledged write, repeats none, and tells of no write that was not", async () => {
  const dataDir = newDataDir();
  let next = 0;
  for (const writes of [40, 73, 25]) {
    const acknowledged = await writeAndKill(dataDir, next, writes);
    expect(acknowledged).toBeGreaterThanOrEqual(next + writes - 1);
    const running = await startDynamoDb(dataDir, { indexDelayMs: 20 });
    const records = await allRecords(running);
    const last = Math.max(...records.map(written));
    // The one write that was under way may have happened, wholly, or not at all.
    expect([acknowledged, acknowledged + 1]).toContain(last);
    expect(records.map(written)).toEqual(expected(last));

    const items = (await running.dynamodb.send(new ScanCommand({ TableName }))).Items ?? [];
    const newest = new Map(records.map(({ dynamodb }) => [JSON.stringify(dynamodb?.Keys), dynamodb?.NewImage]));
    const keyOf = (item: (typeof items)[number]) =>
      JSON.stringify({ deployment_id: item.deployment_id, item: item.item });
    expect(new Map(items.map((item) => [keyOf(item), item]))).toEqual(newest);
    await expectIndexOf(running, items);
    await running.close();
    next = last + 1;
  }
}, 60_000);

async function expectIndexOf(running: RunningDynamoDb, items: readonly object[]): Promise<void> {
  const pages = await Promise.all(
    [0, 1, 2].map((stage) =>
      running.dynamodb.send(
        new QueryCommand({
          TableName,
          IndexName: "by_stage",
          KeyConditionExpression: "stage = :stage",
          ExpressionAttributeValues: { ":stage": { S: `stage-${stage}` } },
        }),
      ),
    ),
  );
  const text = (all: readonly object[]): string[] => all.map((item) => JSON.stringify(item)).sort();
  expect(text(pages.flatMap(({ Items }) => Items ?? []))).toEqual(text(items));
}
