import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  GetLogEventsCommand,
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
  logs = aws.add(createLogs(aws.context, { maxBytes: 8000 }));
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

test("a stream is read from its end, and forward from there", async () => {
  logs.append(group, "s", ["one", "two", "three"]);
  const get = (nextToken?: string) =>
    client.send(
      new GetLogEventsCommand({
        logGroupName: group,
        logStreamName: "s",
        limit: 2,
        ...(nextToken ? { nextToken } : {}),
      }),
    );
  const last = await get();
  expect(last.events?.map(({ message }) => message)).toEqual(["two", "three"]);
  logs.append(group, "s", ["four"]);
  expect((await get(last.nextForwardToken)).events?.map(({ message }) => message)).toEqual(["four"]);
  expect((await get(last.nextBackwardToken)).events?.map(({ message }) => message)).toEqual(["one"]);
});

test("a group or stream that nobody wrote to is not found", async () => {
  const filter = client.send(new FilterLogEventsCommand({ logGroupName: "absent" }));
  await expect(filter).rejects.toThrow(ResourceNotFoundException);
  logs.append(group, "s", ["one"]);
  const get = client.send(new GetLogEventsCommand({ logGroupName: group, logStreamName: "t" }));
  await expect(get).rejects.toThrow("log stream");
});

test("a group keeps its newest lines within its size on disk", async () => {
  for (let index = 0; index < 400; index += 1) logs.append(group, "s", [`line ${index} ${"x".repeat(100)}`]);
  const directory = join(aws.dataDir, "logs", "apps");
  const size = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  expect(size).toBeLessThan(9000);
  const answer = await client.send(new FilterLogEventsCommand({ logGroupName: group }));
  expect(answer.events?.at(-1)?.message).toMatch(/^line 399 /);
});
