import { appendFileSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PutItemCommand, QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { asRefusal } from "@slipway/local-aws/kernel/data-directory";
import { StartRefused } from "@slipway/local-aws/kernel/refusal";
import { openStore } from "@slipway/local-aws/services/dynamodb/store";
import { faultDisk } from "../../support/fault-disk.ts";
import { until } from "../support/wait.ts";
import { newDataDir, startDynamoDb } from "./start-dynamodb.ts";

type Running = Awaited<ReturnType<typeof startDynamoDb>>;

const dataDir = newDataDir();
let running: Running;
let isOpen = false;

/** Whatever a test leaves open is closed after it, once. */
async function open(...given: Parameters<typeof startDynamoDb> | []): Promise<void> {
  running = await startDynamoDb(given[0] ?? dataDir, ...(given.slice(1) as []));
  isOpen = true;
}
async function close(): Promise<void> {
  if (isOpen) await running.close();
  isOpen = false;
}

beforeEach(() => void mkdirSync(dataDir, { recursive: true }));
afterEach(async () => {
  await close();
  rmSync(dataDir, { recursive: true, force: true });
});

const put = ({ dynamodb }: Running, n: number, stage = "pending") =>
  dynamodb.send(
    new PutItemCommand({
      TableName: "slipway-deployments",
      Item: { deployment_id: { N: String(n) }, item: { S: "state" }, stage: { S: stage } },
    }),
  );

async function held({ dynamodb }: Running): Promise<number[]> {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: "slipway-deployments" }));
  return Items.map((item) => Number(item.deployment_id?.N)).sort((a, b) => a - b);
}

async function inStage({ dynamodb }: Running, stage: string): Promise<number[]> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: "slipway-deployments",
      IndexName: "by_stage",
      KeyConditionExpression: "stage = :stage",
      ExpressionAttributeValues: { ":stage": { S: stage } },
    }),
  );
  return Items.map((item) => Number(item.deployment_id?.N));
}

/** What a write that met the end of the disk leaves behind: the beginning of a record. */
function tear(): void {
  const directory = join(dataDir, "dynamodb");
  const log = readdirSync(directory).find((name) => name.endsWith(".log"));
  appendFileSync(join(directory, log ?? ""), Buffer.from([1, 2, 3, 4, 200, 0, 1, 7, 7, 7]));
}

describe("after a write that the disk did not take", () => {
  test("nothing more is acknowledged, and after room was made everything that was is there", async () => {
    const disk = faultDisk(dataDir);
    let failing = 0;
    const beforeWrite = (): void => {
      if (failing > 0) failing += 1;
      // Only the first write fails: those after it would be taken, behind the torn record, and be gone.
      if (failing !== 2) return;
      tear();
      disk.fill();
      disk.write();
    };
    await open(dataDir, { indexDelayMs: 300, beforeWrite }, undefined, disk.storage);
    for (let n = 1; n <= 20; n++) await put(running, n);
    failing = 1;
    const acknowledged: number[] = [];
    for (let n = 21; n <= 40; n++) {
      await put(running, n).then(
        () => acknowledged.push(n),
        (error) =>
          expect(error).toMatchObject({ name: "ServiceUnavailable", message: expect.stringContaining("is full") }),
      );
    }
    expect(acknowledged).toEqual([]);
    expect(disk.said).toHaveLength(1);
    expect(await held(running)).toHaveLength(20);

    disk.empty();
    await disk.poll();
    expect(disk.storage.refusal()).toBeNull();
    expect(disk.said[1]).toContain("takes writes again");
    for (let n = 41; n <= 60; n++) await put(running, n);
    const expected = Array.from({ length: 60 }, (_, n) => n + 1).filter((n) => n <= 20 || n > 40);
    expect(await held(running)).toEqual(expected);
    await close();

    await open();
    expect(running.part.loss).toBeNull();
    expect(await held(running)).toEqual(expected);
  });
});

const hour = 3_600_000;

test("an index that was to change while the disk was full does so before later changes, over a restart too", async () => {
  const disk = faultDisk(dataDir);
  await open(dataDir, { indexDelayMs: hour }, undefined, disk.storage);
  await put(running, 1, "building");
  disk.fill();
  disk.storage.attempt(disk.write);
  running.clock.advance(hour);
  await expect(put(running, 2)).rejects.toMatchObject({ name: "ServiceUnavailable" });
  expect(await inStage(running, "building")).toEqual([]);

  disk.empty();
  await disk.poll();
  await put(running, 1, "failed");
  const failed = async () => {
    running.clock.advance(hour);
    return inStage(running, "failed");
  };
  await until(failed, (ids) => ids.length === 1);
  expect(await inStage(running, "building")).toEqual([]);
  await close();

  await open();
  expect(await inStage(running, "building")).toEqual([]);
  expect(await inStage(running, "failed")).toEqual([1]);
});

describe("a store that lost writes", () => {
  const filled = async (): Promise<void> => {
    await open();
    for (let n = 1; n <= 200; n++) await put(running, n);
    await close();
  };
  const fileOf = (pattern: RegExp): string => {
    const directory = join(dataDir, "dynamodb");
    return join(
      directory,
      readdirSync(directory).find((name) => pattern.test(name) && statSync(join(directory, name)).size > 0) ?? "",
    );
  };

  test("because its log was cut says how many", async () => {
    await filled();
    const log = fileOf(/\.log$/);
    truncateSync(log, Math.floor(statSync(log).size / 2));
    await open();
    expect(running.part.loss).toMatch(/has lost its last \d+ writes of \d+/);
    expect((await held(running)).length).toBeLessThan(200);
    await close();
    await open();
    expect(running.part.loss).toBeNull();
  });

  test("because it is gone says so, too", async () => {
    await filled();
    rmSync(join(dataDir, "dynamodb"), { recursive: true });
    await open();
    expect(running.part.loss).toMatch(/has lost its last (\d+) writes of \1/);
  });

  test("is not opened when what it is made of cannot be read", async () => {
    await filled();
    writeFileSync(fileOf(/^MANIFEST/), "garbage");
    const refusal = await openStore(join(dataDir, "dynamodb")).catch((error: unknown) => asRefusal(dataDir, error));
    expect(refusal).toBeInstanceOf(StartRefused);
    expect(String(refusal)).toMatch(/damaged files.*--fresh/);
  });
});
