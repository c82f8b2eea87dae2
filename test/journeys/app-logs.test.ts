import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { addressOf, deploy, ends, registerApp } from "../support/deploying.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

/** Prints so many numbered lines on `/print/<count>`, and its secret on `/secret`. */
const app = {
  ...healthyApp(),
  "server.mjs": `
import { createServer } from "node:http";
let printed = 0;
const server = createServer((request, response) => {
  if (request.url === "/secret") console.log("the key is " + process.env.API_KEY);
  if (request.url.startsWith("/print/")) {
    const count = Number(request.url.slice(7));
    for (let index = 0; index < count; index++) console.log("line " + ++printed);
  }
  response.end("ok");
});
server.listen(Number(process.env.PORT), process.env.HOST ?? "0.0.0.0", () => console.error("listening"));
process.on("SIGTERM", () => process.exit(0));
`,
};

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
});
afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

const page = async (id: number, query: Record<string, string> = {}) =>
  (await api.get(`/api/apps/${id}/logs?${new URLSearchParams(query)}`)).body;
const linesOf = ({ data }: { data: { line: string }[] }) => data.map(({ line }) => line.trimEnd());
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);

test("what an app prints is read as a tail, without a gap or a repeat, over a kill of Slipway", async () => {
  const secrets = { API_KEY: "0123456789-secret" };
  const { id } = await registerApp(api, app, { name: "shop", healthCheckPath: "/healthz", secrets });
  expect(await page(id)).toMatchObject({ data: [], previous_cursor: null, complete: false });
  const released = await deploy(api, id);
  expect(await ends(api, released)).toMatchObject({ stage: "success" });

  const started = await eventually("the first line is there", async () => {
    const answer = await page(id);
    return answer.data.length > 0 ? answer : undefined;
  });
  expect(linesOf(started)).toEqual(["listening"]);
  const [first] = started.data;
  expect(first).toMatchObject({ process: "web", deployment_id: released, stream: null });

  // Whoever waits gets the lines as they come.
  const waiting = page(id, { after: started.next_cursor, wait: "20" });
  await fetch(`${await addressOf(api, id)}/print/2500`);
  const seen = linesOf(await waiting);
  let after = (await waiting).next_cursor;
  while (seen.length < 2500) {
    const more = await page(id, { after, limit: "700", wait: "5" });
    seen.push(...linesOf(more));
    after = more.next_cursor;
  }
  expect(seen).toEqual(numbers(1, 2500));

  // Back from the end, page by page.
  const last = await page(id, { limit: "1000" });
  expect(linesOf(last)).toEqual(numbers(1501, 2500));
  const before = await page(id, { before: last.previous_cursor, limit: "1000" });
  expect(linesOf(before)).toEqual(numbers(501, 1500));
  expect(linesOf(await page(id, { after: before.data.at(-1).cursor, limit: "3" }))).toEqual(numbers(1501, 1503));

  // Searched and filtered.
  expect(linesOf(await page(id, { q: "line 77" }))).toEqual(["line 77", ...numbers(770, 779)]);
  expect(linesOf(await page(id, { q: "LINE 77" }))).toEqual([]);
  expect(linesOf(await page(id, { release: String(released + 1) }))).toEqual([]);
  expect(linesOf(await page(id, { task: first.task, since: first.timestamp, limit: "2" }))).toEqual([
    "listening",
    "line 1",
  ]);
  expect((await api.get(`/api/apps/${id}/logs?process=worker`)).status).toBe(400);
  expect((await api.get(`/api/apps/${id}/logs?after=12`)).body).toMatchObject({ code: "invalid_cursor" });

  await fetch(`${await addressOf(api, id)}/secret`);
  await eventually("the secret is hidden", async () => {
    const [line = ""] = linesOf(await page(id, { limit: "1" }));
    expect(line).not.toContain(secrets.API_KEY);
    return line.startsWith("the key is ") ? line : undefined;
  });

  const { next_cursor } = await page(id, { limit: "1" });
  await local.kill();
  local = await startLocalMode({ data: local.data });
  api = apiAt(local.url);
  await eventually("the app answers again", async () => {
    const answer = await fetch(`${await addressOf(api, id)}/print/10`).catch(() => null);
    return answer?.status === 200 ? true : undefined;
  });
  const resumed: string[] = [];
  for (after = next_cursor; resumed.length < 11; ) {
    const more = await page(id, { after, wait: "5" });
    resumed.push(...linesOf(more));
    after = more.next_cursor;
  }
  expect(resumed).toEqual(["listening", ...numbers(1, 10)]);
});
