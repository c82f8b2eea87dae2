import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { type _Record, GetRecordsCommand, GetShardIteratorCommand } from "@aws-sdk/client-dynamodb-streams";
import { afterEach, expect, test } from "@jest/globals";
import { newDataDir, type RunningDynamoDb, startDynamoDb } from "./start-dynamodb.ts";

const TableName = "slipway-deployments";
const child = fileURLToPath(new URL("writer.child.ts", import.meta.url));

const writers = [0, 1, 2, 3];

let opened: RunningDynamoDb | undefined;
afterEach(() => opened?.close());

/** Lets a process write, kills it in the middle, and says what each writer had acknowledged last. */
async function writeAndKill(dataDir: string, firsts: readonly number[], writes: number): Promise<number[]> {
  const writer = spawn(process.execPath, ["--no-warnings", child, dataDir, ...firsts.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  writer.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.split("\n").length > writes) writer.kill("SIGKILL");
  });
  await once(writer, "close");
  const lines = said
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ").map(Number));
  return firsts.map((first, id) => Math.max(first - 1, ...lines.filter(([who]) => who === id).map(([, n]) => n ?? 0)));
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

/** The numbers of one writer's writes in the order of the stream, once for each item that a write touched. */
const writtenBy = (writer: number, records: readonly _Record[]): number[] =>
  records
    .filter(({ dynamodb }) => dynamodb?.Keys?.deployment_id?.N === String(writer))
    .map(({ dynamodb }) => Number(dynamodb?.NewImage?.n?.N));
const expected = (upTo: number): number[] =>
  Array.from({ length: upTo + 1 }, (_, n) => (n % 4 === 0 ? [n, n] : [n])).flat();

test("a kill at any moment loses no record of an acknowledged write, repeats none, and invents none", async () => {
  const dataDir = newDataDir();
  let next = writers.map(() => 0);
  for (const writes of [40, 73, 25, 31, 57]) {
    const acknowledged = await writeAndKill(dataDir, next, writes);
    const running = await startDynamoDb(dataDir, { indexDelayMs: 20 });
    opened = running;
    const records = await allRecords(running);
    const last = writers.map((writer) => Math.max(...writtenBy(writer, records)));
    for (const writer of writers) {
      const known = acknowledged[writer] ?? 0;
      // The one write that was under way may have happened, wholly, or not at all.
      expect([known, known + 1]).toContain(last[writer]);
      expect(writtenBy(writer, records)).toEqual(expected(last[writer] ?? 0));
    }

    const items = (await running.dynamodb.send(new ScanCommand({ TableName }))).Items ?? [];
    const newest = new Map(records.map(({ dynamodb }) => [JSON.stringify(dynamodb?.Keys), dynamodb?.NewImage]));
    const keyOf = (item: (typeof items)[number]) =>
      JSON.stringify({ deployment_id: item.deployment_id, item: item.item });
    expect(new Map(items.map((item) => [keyOf(item), item]))).toEqual(newest);
    await expectIndexOf(running, items);
    await running.close();
    opened = undefined;
    next = last.map((n) => n + 1);
  }
});

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
