import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { chattyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { view } from "../support/viewer.ts";

const total = 600;
let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let app: { id: number };

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
  app = await registerApp(api, chattyApp(total, 200), { name: "chatty", healthCheckPath: "/healthz" });
}, 120_000);

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const spoken = (lines: readonly { line: string }[]) =>
  lines.map(({ line }) => line).filter((line) => line.startsWith("line "));
const all = Array.from({ length: total }, (_, index) => `line ${index + 1}\n`);

test("a client cut off again and again ends with exactly the lines of the build, none twice, in order", async () => {
  const id = await deploy(api, app.id);
  const lines: { line: string; cursor: number }[] = [];
  for (let finished = false; !finished; ) {
    const viewer = await view(local.url, `id=${id}&after=${lines.at(-1)?.cursor ?? 0}`);
    const has = lines.length + 60;
    await viewer.until(
      "some more lines",
      (event) => event.data.log_complete === true || lines.length + viewer.lines().length >= has,
    );
    viewer.cut();
    lines.push(...viewer.lines());
    finished = viewer.statuses().some((status) => status.log_complete === true);
  }
  expect(spoken(lines)).toEqual(all);
}, 120_000);

test("a reader without a socket gets the same lines by long polling", async () => {
  const id = await deploy(api, app.id);
  const lines: { line: string }[] = [];
  let next = 0;
  for (let complete = false; !complete; ) {
    const { body } = await api.get(`/api/deployments/${id}/logs?after=${next}&wait=20`);
    lines.push(...body.data);
    ({ complete, next_cursor: next } = body);
  }
  expect(spoken(lines)).toEqual(all);
}, 120_000);

describe("nobody else notices", () => {
  test("a client that sends garbage, one that sends too much, and one that never reads", async () => {
    const id = await deploy(api, app.id);
    const good = await view(local.url, `id=${id}`);
    const rude = await view(local.url, `id=${id}`);
    rude.send("{not json");
    rude.send(Buffer.from([0, 1, 2, 255]));
    const complaint = await rude.until("a complaint", (event) => event.type === "error");
    expect(complaint.data).toMatchObject({ scope: "connection" });
    const large = await view(local.url, `id=${id}`);
    large.send("x".repeat(200_000));
    await large.closed;
    await good.finished(90);
    expect(spoken(good.lines())).toEqual(all);
    rude.send('{"type":"ping"}');
    await rude.until("a pong", (event) => event.type === "pong");
    rude.cut();
    good.cut();
    expect(await ends(api, id)).toMatchObject({ stage: "success" });
  }, 120_000);
});
