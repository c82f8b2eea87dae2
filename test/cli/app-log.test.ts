import { expect, test } from "@jest/globals";
import { data, slipway, someApp } from "./deps.ts";

const app = someApp({ id: 1, name: "shop" });
const line = (text: string) => ({
  line: `${text}\n`,
  timestamp: "2026-01-01T00:00:00.000Z",
  stream: null,
  process: "web",
  task: "0123456789abcdef",
  deployment_id: 12,
  cursor: `c-${text}`,
});
const asked: string[] = [];
/** Two pages, and then nothing. */
const server = (_method: string, path: string) => {
  if (path === "/api/apps") return data([app]);
  asked.push(path);
  const after = new URL(path, "http://x").searchParams.get("after");
  const lines = after === null ? [line("one"), line("two")] : after === "next" ? [line("three")] : [];
  const next_cursor = after === null ? "next" : "end";
  return { status: 200, body: { success: true, data: lines, next_cursor, previous_cursor: null, complete: false } };
};

test("logs of an app are its last lines", async () => {
  asked.length = 0;
  expect(await slipway({ server }, "logs", "shop", "--lines", "2")).toMatchObject({ status: 0, out: "one\ntwo\n" });
  expect(asked).toEqual(["/api/apps/1/logs?limit=2"]);
});

test("since a time they are all of them, with what is asked for", async () => {
  asked.length = 0;
  const words = ["logs", "shop", "--since", "1h", "--search", "o", "--release", "#12", "--process", "web"];
  expect(await slipway({ server }, ...words)).toMatchObject({ status: 0, out: "one\ntwo\nthree\n" });
  const { searchParams } = new URL(asked[0] ?? "", "http://x");
  expect(Object.fromEntries(searchParams)).toEqual({
    since: "2025-12-31T23:00:00.000Z",
    q: "o",
    release: "12",
    process: "web",
    limit: "1000",
  });
});

test("they are shown with time, process and task where that is asked for, and as JSON with their cursors", async () => {
  const { out } = await slipway({ server }, "logs", "shop", "--timestamps");
  expect(out).toContain("2026-01-01T00:00:00.000Z web.01234567 one\n");
  const json = await slipway({ server }, "logs", "shop", "--json");
  expect(
    json.out
      .trimEnd()
      .split("\n")
      .map((text) => JSON.parse(text).cursor),
  ).toEqual(["c-one", "c-two"]);
});

test.each([
  [["logs", "shop", "--since", "soon"], "--since"],
  [["logs", "shop", "--lines", "0"], "--lines"],
  [["logs", "12", "--search", "x"], "--search"],
])("%j is refused", async (words, option) => {
  const { status, err } = await slipway({ server }, ...words);
  expect(status).toBe(2);
  expect(err).toContain(option);
});
