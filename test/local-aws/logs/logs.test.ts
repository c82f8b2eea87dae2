import { appendFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  type FilterLogEventsCommandOutput,
  PutRetentionPolicyCommand,
  paginateDescribeLogGroups,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLogs, type Logs } from "@slipway/local-aws/services/logs/logs";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";

let aws: LocalAws;
let logs: Logs;
let client: CloudWatchLogsClient;
const group = "/slipway/apps";

beforeEach(async () => {
  aws = await startLocalAws();
  logs = aws.add(createLogs(aws.context, { maxBytes: 8000, segmentBytes: 1000 }));
  client = new CloudWatchLogsClient({ ...aws.client(), maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await aws.close();
});

test("lines are found by the prefix of their stream, page by page, in order", async () => {
  logs.append(group, "deployment-1/app/a", ["one", "two", "three"]);
  logs.append(group, "deployment-2/app/b", ["other"]);
  const ask = (nextToken?: string) =>
    client.send(
      new FilterLogEventsCommand({
        logGroupName: group,
        logStreamNamePrefix: "deployment-1/",
        limit: 2,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
  const first = await ask();
  expect(first.events?.map(({ message, logStreamName }) => [logStreamName, message])).toEqual([
    ["deployment-1/app/a", "one"],
    ["deployment-1/app/a", "two"],
  ]);
  const second = await ask(first.nextToken);
  expect(second.events?.map(({ message }) => message)).toEqual(["three"]);
  expect(second.nextToken).toBeUndefined();
  expect(aws.asked[0]).toBe(
    "worker logs:FilterLogEvents arn:aws:logs:eu-west-1:123456789012:log-group:/slipway/apps:log-stream:",
  );
});

test("a group that nobody made or wrote to is not found", async () => {
  const filter = client.send(new FilterLogEventsCommand({ logGroupName: "absent" }));
  await expect(filter).rejects.toThrow(ResourceNotFoundException);
  await expect(client.send(new DeleteLogGroupCommand({ logGroupName: "absent" }))).rejects.toThrow(
    ResourceNotFoundException,
  );
});

test("a group is made once, and is gone with its lines when it is deleted", async () => {
  const make = () => client.send(new CreateLogGroupCommand({ logGroupName: group, tags: { a: "b" } }));
  await make();
  await expect(make()).rejects.toThrow(ResourceAlreadyExistsException);
  logs.append(group, "s", ["one"]);
  await client.send(new DeleteLogGroupCommand({ logGroupName: group }));
  await make();
  expect((await client.send(new FilterLogEventsCommand({ logGroupName: group }))).events).toEqual([]);
  expect(aws.asked).toContain(
    "worker logs:TagResource arn:aws:logs:eu-west-1:123456789012:log-group:/slipway/apps:log-stream:",
  );
});

test("groups are listed by their prefix, page by page", async () => {
  const names = Array.from({ length: 5 }, (_, index) => `/listed/apps/${index}`);
  for (const logGroupName of names) await client.send(new CreateLogGroupCommand({ logGroupName }));
  await client.send(new CreateLogGroupCommand({ logGroupName: "/listed/other" }));
  const found: (string | undefined)[] = [];
  let pages = 0;
  for await (const { logGroups = [] } of paginateDescribeLogGroups(
    { client, pageSize: 2 },
    { logGroupNamePrefix: "/listed/apps/" },
  )) {
    found.push(...logGroups.map(({ logGroupName }) => logGroupName));
    pages += 1;
  }
  expect(found).toEqual(names);
  expect(pages).toBe(3);
});

test("lines are found by a text in them and by time", async () => {
  logs.append(group, "s", ["GET /a 100%", "get /b"]);
  const found = async (change: Partial<FilterLogEventsCommandInput>) =>
    (await client.send(new FilterLogEventsCommand({ logGroupName: group, ...change }))).events?.map(
      ({ message }) => message,
    );
  expect(await found({ filterPattern: "%GET /a%" })).toEqual(["GET /a 100%"]);
  expect(await found({ filterPattern: "%100\\%%" })).toEqual(["GET /a 100%"]);
  expect(await found({ filterPattern: "%s GET%" })).toEqual([]);
  expect(await found({ startTime: Date.now() + 60_000 })).toEqual([]);
  expect(await found({ endTime: 1 })).toEqual([]);
  await expect(found({ filterPattern: "GET" })).rejects.toThrow("%text%");
});

test("pages of a group of many files are its lines, each once, in order", async () => {
  const lines = Array.from({ length: 300 }, (_, index) => `line ${index} ${"x".repeat(20)}`);
  for (let from = 0; from < 300; from += 7) logs.append(group, `s${from % 3}`, lines.slice(from, from + 7));
  const read: (string | undefined)[] = [];
  for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken !== undefined; isFirst = false) {
    const page: FilterLogEventsCommandOutput = await client.send(
      new FilterLogEventsCommand({ logGroupName: group, limit: 11, ...(nextToken ? { nextToken } : {}) }),
    );
    read.push(...(page.events ?? []).map(({ message }) => message));
    nextToken = page.nextToken;
  }
  expect(read.slice(-100)).toEqual(lines.slice(-100));
  expect(read).toEqual(lines.slice(-read.length));
});

test("a line that a crash cut short is nobody's", async () => {
  logs.append(group, "s", ["whole"]);
  const directory = join(aws.dataDir, "logs", "apps", readdirSync(join(aws.dataDir, "logs", "apps"))[0] ?? "");
  appendFileSync(join(directory, readdirSync(directory)[0] ?? ""), `${Date.now()} s cut sho`);
  const again = aws.add(createLogs(aws.context));
  again.append(group, "s", ["next"]);
  const answer = await client.send(new FilterLogEventsCommand({ logGroupName: group }));
  expect(answer.events?.map(({ message }) => message)).toEqual(["whole", "next"]);
});

test("lines older than the retention are not shown", async () => {
  logs.append(group, "s", ["old"]);
  const retain = (retentionInDays: number) =>
    client.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays }));
  await retain(1);
  expect((await client.send(new FilterLogEventsCommand({ logGroupName: group }))).events).toHaveLength(1);
  await expect(retain(2)).rejects.toThrow("retention");
});

test("a group keeps its newest lines within its size on disk", async () => {
  for (let index = 0; index < 400; index += 1) logs.append(group, "s", [`line ${index} ${"x".repeat(100)}`]);
  const [name = ""] = readdirSync(join(aws.dataDir, "logs", "apps"));
  const directory = join(aws.dataDir, "logs", "apps", name);
  const size = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  expect(size).toBeLessThan(10_000);
  const answer = await client.send(new FilterLogEventsCommand({ logGroupName: group }));
  expect(answer.events?.at(-1)?.message).toMatch(/^line 399 /);
});
