import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createLogs, type Logs } from "@slipway/local-aws/services/logs/logs";
import { awsAppLogs, patternOf } from "../../lib/adapters/cloudwatch/app-logs.ts";
import type { AppLogEvent, AppLogRange, AppLogs } from "../../lib/core/ports/app-logs.ts";
import { type LocalAws, startLocalAws } from "../local-aws/support/local-aws.ts";
import { freshId } from "./ports.ts";

let aws: LocalAws;
let local: Logs;
let client: CloudWatchLogsClient;
let logs: AppLogs;

beforeAll(async () => {
  aws = await startLocalAws();
  local = aws.add(createLogs(aws.context, { segmentBytes: 20_000 }));
  client = new CloudWatchLogsClient({ ...aws.client(), maxAttempts: 1 });
  logs = awsAppLogs(client, (id) => `/apps/${id}`);
});
afterAll(async () => {
  client.destroy();
  await aws.close();
});

const range = (app_id: number, change: Partial<AppLogRange> = {}): AppLogRange => ({
  app_id,
  from: 0,
  to: null,
  prefix: "",
  text: "",
  token: null,
  ...change,
});

async function all(asked: AppLogRange): Promise<AppLogEvent[]> {
  const events: AppLogEvent[] = [];
  for (let token: string | null = null, isFirst = true; isFirst || token !== null; isFirst = false) {
    const page = await logs.read({ ...asked, token });
    events.push(...page.events);
    token = page.token;
  }
  return events;
}

test("of an app that never printed there is nothing", async () => {
  expect(await logs.read(range(freshId()))).toEqual({ events: [], token: null });
});

test("lines come page by page, each once, in the order of their stream", async () => {
  const app = freshId();
  const lines = Array.from({ length: 12_000 }, (_, index) => `line ${index} ${"x".repeat(150)}`);
  for (let from = 0; from < lines.length; from += 500)
    local.append(`/apps/${app}`, "web/1/app/a", lines.slice(from, from + 500));
  const first = await logs.read(range(app));
  expect(first.token).not.toBeNull();
  expect((await all(range(app))).map(({ message }) => message)).toEqual(lines);
});

test("lines are found by stream, by time and by a text in them", async () => {
  const app = freshId();
  local.append(`/apps/${app}`, "web/1/app/a", ["GET /cart", "get /cart"]);
  local.append(`/apps/${app}`, "worker/2/app/b", ["GET /cart 100% [ok] \\"]);
  const messages = async (change: Partial<AppLogRange>) =>
    (await all(range(app, change))).map(({ message }) => message);
  expect(await messages({ prefix: "worker/" })).toEqual(["GET /cart 100% [ok] \\"]);
  expect(await messages({ text: "get" })).toEqual(["get /cart"]);
  const [event] = await all(range(app));
  expect(await messages({ to: (event?.at ?? 0) - 1 })).toEqual([]);
  expect(await messages({ from: Date.now() + 60_000 })).toEqual([]);
});

test("what a pattern of CloudWatch cannot say is not asked for by one", () => {
  expect(patternOf("GET:/cart;a-b")).toBe("%GET:/cart;a-b%");
  for (const text of ["", "two words", "100%", "[ok]", "a.b", "ü", "\\"]) expect(patternOf(text)).toBeNull();
});
