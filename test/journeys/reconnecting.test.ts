import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { WebSocket } from "ws";
import { apiAt } from "../support/api.ts";
import { chattyApp } from "../support/apps.ts";
import { deploy, ends, type Registered, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { type Viewer, view } from "../support/viewer.ts";

const total = 600;
let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let app: Registered;

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
  app = await registerApp(api, chattyApp(total, 40), { name: "chatty", healthCheckPath: "/healthz" });
});

afterAll(async () => {
  await local?.stop();
  removeDirectory(local.data);
});

const all = Array.from({ length: total }, (_, index) => `line ${index + 1}\n`);
const spoken = (lines: readonly { line: string }[]) =>
  lines.map(({ line }) => line).filter((line) => line.startsWith("line "));
const stored = async (id: number) => (await api.get(`/api/deployments/${id}/logs?limit=5000`)).body.data;
const isOver = (viewer: Viewer) => viewer.statuses().some((status) => status.log_complete === true);

/** Of a commit that differs: an image of the same files would be reused, and nothing be built. */
const build = (reason: string): Promise<number> => {
  app.repository.commit({ "reason.txt": reason }, `Build ${reason}`);
  return deploy(api, app.id);
};

test("a client cut off again and again in the middle of a build ends with exactly its lines, none twice, in order", async () => {
  const id = await deploy(api, app.id);
  const lines: ReturnType<Viewer["lines"]> = [];
  const stages: unknown[] = [];
  for (let over = false; !over; ) {
    const viewer = await view(local.url, `id=${id}&after=${lines.at(-1)?.cursor ?? 0}`);
    await viewer.until("some more lines, or the end", () => viewer.lines().length >= 60 || isOver(viewer));
    viewer.cut();
    lines.push(...viewer.lines());
    over = isOver(viewer);
    if (!over) stages.push(viewer.statuses().at(-1)?.stage);
  }
  expect(stages.filter((stage) => stage === "building").length).toBeGreaterThanOrEqual(1);
  expect(spoken(lines)).toEqual(all);
  expect(lines).toEqual(await stored(id));
});

test("a reader without a socket gets by long polling the same lines as one with a socket", async () => {
  const id = await build("a second time");
  const viewer = await view(local.url, `id=${id}`);
  const lines: unknown[] = [];
  const inVain: number[] = [];
  let next = 0;
  for (let complete = false; !complete; ) {
    const began = Date.now();
    const { body } = await api.get(`/api/deployments/${id}/logs?after=${next}&wait=20`);
    lines.push(...body.data);
    ({ complete, next_cursor: next } = body);
    if (body.data.length === 0 && !complete) inVain.push(Date.now() - began);
  }
  await viewer.finished();
  viewer.cut();
  expect(spoken(viewer.lines())).toEqual(all);
  expect(lines).toEqual(viewer.lines());
  // An answer without a line was held as long as was asked for.
  expect(inVain.filter((ms) => ms < 19_000)).toEqual([]);
});

test("who sends garbage gets an error and stays; who sends too much is cut off; who never reads disturbs nobody", async () => {
  const id = await build("a third time");
  const query = `id=${id}`;
  const deaf = new WebSocket(`${local.url.replace(/^http/, "ws")}/api/deployments/logs?${query}`);
  await once(deaf, "open");
  deaf.pause();
  const large = await view(local.url, query);
  const rude = await view(local.url, query);
  const good = await view(local.url, query);

  large.send("x".repeat(128 * 1024 + 1));
  const garbage = ["{not json", "null", '"ping"', '{"type":"pong"}', "", Buffer.from([0, 1, 2, 255])];
  for (const message of garbage) rude.send(message);
  rude.send('{"type":"ping"}');
  await rude.until("a pong", ({ type }) => type === "pong");
  const answers = rude.events.filter(({ type }) => type === "error" || type === "pong");
  expect(answers.map(({ type }) => type)).toEqual([...garbage.map(() => "error"), "pong"]);
  expect(new Set(answers.slice(0, -1).map(({ data }) => data.scope))).toEqual(new Set(["connection"]));
  expect(await large.closed).toBe(1009);

  await good.finished();
  await rude.finished();
  expect(spoken(good.lines())).toEqual(all);
  expect(new Set(good.events.map(({ type }) => type))).toEqual(new Set(["status", "log"]));
  expect(rude.lines()).toEqual(good.lines());
  expect(await ends(api, id)).toMatchObject({ stage: "success" });
  deaf.terminate();
  rude.cut();
  good.cut();
});
