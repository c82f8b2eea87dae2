import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { asRefusal } from "@slipway/local-aws/kernel/data-directory";
import { openFauxqs } from "@slipway/local-aws/services/s3-and-sqs/fauxqs-engine";
import { countMessages } from "@slipway/local-aws/services/s3-and-sqs/message-count";
import { newDataDir, startFauxqs } from "./start-fauxqs.ts";

let dataDir: string;
const database = () => join(dataDir, "fauxqs", "fauxqs.db");

beforeEach(async () => {
  dataDir = newDataDir();
  const fauxqs = await startFauxqs(dataDir);
  const { ref } = await fauxqs.queue("work");
  for (const MessageBody of ["one", "two", "three"])
    await fauxqs.sqs.send(new SendMessageCommand({ QueueUrl: ref, MessageBody }));
  await fauxqs.close();
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

async function lossAtTheStart(): Promise<string | null> {
  const fauxqs = await openFauxqs(join(dataDir, "fauxqs"), "eu-west-1");
  const count = countMessages(dataDir);
  count.close();
  await fauxqs.close();
  return count.loss;
}

test("queues that lost nothing say nothing", async () => {
  expect(await lossAtTheStart()).toBeNull();
});

test.each<[string, () => void]>([
  ["was emptied", () => truncateSync(database(), 0)],
  ["is gone", () => rmSync(join(dataDir, "fauxqs"), { recursive: true })],
])("a store of the queues that %s begins anew, and says what it has lost", async (_how, damage) => {
  damage();
  expect(await lossAtTheStart()).toBe(
    "The store of the queues has lost its last 3 writes of 3: a file of it was cut or damaged.",
  );
  expect(await lossAtTheStart()).toBeNull();
});

test.each<[string, () => void]>([
  ["no database", () => writeFileSync(database(), "x".repeat(8192))],
  ["cut", () => truncateSync(database(), statSync(database()).size / 2)],
])("a store of the queues that is %s is reported as damaged", async (_how, damage) => {
  expect(readdirSync(join(dataDir, "fauxqs"))).toContain("fauxqs.db");
  damage();
  const met = await openFauxqs(join(dataDir, "fauxqs"), "eu-west-1").catch((error: unknown) => error);
  expect(asRefusal(dataDir, met)).toMatchObject({
    message: expect.stringMatching(/has damaged files\. Start with --fresh/),
  });
});
