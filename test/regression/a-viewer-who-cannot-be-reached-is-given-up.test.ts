import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { WebSocket } from "ws";
import { apiAt } from "../support/api.ts";
import { chattyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { view } from "../support/viewer.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  const program = fileURLToPath(new URL("../support/local-with-faults.ts", import.meta.url));
  local = await startLocalMode({ program });
  api = apiAt(local.url);
});

afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

/** The calls to `@connections` that failed, by connection: `POST` and `DELETE` in their order. */
function failedCalls(): Map<string, string[]> {
  const calls = new Map<string, string[]>();
  for (const [, method = "", id = ""] of local.output().matchAll(/^fault (POST|DELETE) (\S+) /gm))
    calls.set(id, [...(calls.get(id) ?? []), method]);
  return calls;
}

const failing = (fault: string) => ({ headers: { "User-Agent": `fault/${fault}` } });

test("over a deployment of 70 s each socket that fails is written to six times at most, and the others miss nothing", async () => {
  const app = await registerApp(api, chattyApp(700, 10), { name: "chatty", healthCheckPath: "/healthz" });
  const id = await deploy(api, app.id);
  const faults = ["unavailable", "throttled", "forbidden", "hang"];
  await Promise.all(faults.map((fault) => view(local.url, `id=${id}`, failing(fault))));
  const feed = new WebSocket(`${local.url.replace(/^http/, "ws")}/api/events`, failing("unavailable"));
  await new Promise((done) => feed.once("open", done));
  const viewer = await view(local.url, `id=${id}`);
  expect(await ends(api, id, 300)).toMatchObject({ stage: "success" });
  await viewer.finished();
  const printed = viewer.lines().filter(({ line }) => /^line \d+\n$/.test(line));
  expect(printed.map(({ line }) => line)).toEqual(Array.from({ length: 700 }, (_, index) => `line ${index + 1}\n`));
  const cursors = viewer.lines().map(({ cursor }) => cursor);
  expect(cursors).toEqual([...new Set(cursors)].sort((a, b) => a - b));
  const calls = failedCalls();
  expect(calls.size).toBe(faults.length + 1);
  for (const made of calls.values()) {
    const posts = made.filter((method) => method === "POST");
    expect(posts.length).toBeGreaterThanOrEqual(2);
    expect(posts.length).toBeLessThanOrEqual(6);
    // Closing fails here, too; it comes after the sixth post, and ever less often.
    expect(made.length - posts.length).toBeLessThanOrEqual(4);
    expect(made).toEqual([...posts, ...made.slice(posts.length)]);
  }
});
