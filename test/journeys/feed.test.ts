import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ClientOptions, WebSocket } from "ws";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, registerApp } from "../support/deploying.ts";
import { problemWithMessage } from "../support/documented.ts";
import { eventually, type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { view } from "../support/viewer.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let one: number;
let two: number;

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
  one = (await registerApp(api, healthyApp(), { name: "one", healthCheckPath: "/healthz" })).id;
  two = (await registerApp(api, healthyApp(), { name: "two", healthCheckPath: "/healthz" })).id;
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

/** A deployment as a frame of the feed shows it; tests say what of it they rely on. */
// biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
type Shown = any;

/** Somebody who reads the feed; rejects with `HTTP <status>` when the handshake is refused. */
async function listen(query = "", options: ClientOptions = {}) {
  const socket = new WebSocket(`${local.url.replace(/^http/, "ws")}/api/events${query}`, options);
  const frames: { type: string; timestamp: string; data: Shown }[] = [];
  socket.on("message", (data) => frames.push(JSON.parse(String(data))));
  const problems = () => frames.flatMap((frame) => problemWithMessage("events", frame) ?? []);
  await new Promise<void>((done, fail) => {
    socket.once("open", done);
    socket.once("unexpected-response", (_request, response) => fail(new Error(`HTTP ${response.statusCode}`)));
    socket.once("error", fail);
  });
  socket.send('{"type":"ping"}');
  await eventually("a pong", () => frames.find(({ type }) => type === "pong"));
  const framesOf = (id: number): Shown[] =>
    frames.filter(({ type, data }) => type === "deployment" && data.id === id).map(({ data }) => data);
  return {
    frames,
    framesOf,
    ended: (id: number) =>
      eventually(`the end of deployment ${id}`, () => framesOf(id).find(({ finished_at }) => finished_at !== null), 90),
    cut: () => {
      socket.terminate();
      expect(problems()).toEqual([]);
    },
  };
}

const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
const tokenFor = async (apps: number[] | null): Promise<string> =>
  (await api.post("/api/tokens", { name: "reader", role: "viewer", apps })).body.data.token;

/** Stages in their order, never back to an older version, and at last what REST shows. Changes that come quickly may be one. */
async function expectWholeStory(framesOf: readonly Shown[], id: number): Promise<void> {
  const versions = framesOf.map(({ version }) => version);
  expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  const order = ["pending", "cloning", "building", "deploying", "success"];
  const stages = [...new Set(framesOf.map(({ stage }) => stage))];
  expect(stages).toEqual(order.filter((stage) => stages.includes(stage)));
  expect(stages).toEqual(expect.arrayContaining(["success"]));
  expect(stages.length).toBeGreaterThan(1);
  const { version, ...shown } = (await api.get(`/api/deployments/${id}`)).body.data;
  expect(framesOf.at(-1)).toEqual({ ...shown, version: expect.any(Number) });
  expect(framesOf.at(-1).version).toBeLessThanOrEqual(version);
}

test("every reader of the feed gets all deployments they may read, stage by stage, and of no others", async () => {
  const reader = await listen();
  const another = await listen("", bearer(await tokenFor(null)));
  const limited = await listen("", bearer(await tokenFor([two])));
  const left = await listen();
  left.cut();
  const ids = [await deploy(api, one), await deploy(api, two)] as const;
  for (const who of [reader, another]) {
    for (const id of ids) await who.ended(id);
    for (const id of ids) await expectWholeStory(who.framesOf(id), id);
    who.cut();
  }
  await limited.ended(ids[1]);
  await expectWholeStory(limited.framesOf(ids[1]), ids[1]);
  expect(new Set(limited.frames.map(({ data }) => data.app_id))).toEqual(new Set([undefined, two]));
  limited.cut();
});

describe("a handshake", () => {
  const status = (handshake: Promise<unknown>) => expect(handshake).rejects;

  test("from a page of another origin, or with a token nobody has, is refused", async () => {
    for (const origin of ["https://evil.example", "http://one.localhost:8080"]) {
      await status(listen("", { headers: { Origin: origin } })).toThrow("HTTP 403");
    }
    await status(listen("", bearer("wrong"))).toThrow("HTTP 401");
    (await listen("", { headers: { Origin: local.url } })).cut();
  });

  test("takes a ticket of the feed, once; it opens no deployment, nor does a deployment's open the feed", async () => {
    const holder = apiAt(local.url, await tokenFor([two]));
    const ticket = async (body: unknown) => (await holder.post("/api/tickets", body)).body.data.ticket;
    const forFeed = await ticket({});
    (await listen(`?ticket=${forFeed}`)).cut();
    await status(listen(`?ticket=${forFeed}`)).toThrow("HTTP 401");
    const id = await deploy(api, two);
    await status(view(local.url, `id=${id}&ticket=${await ticket({ feed: true })}`)).toThrow("HTTP 404");
    await status(listen(`?ticket=${await ticket({ deploymentId: id })}`)).toThrow("HTTP 401");
  });

  test("is what the feed's address takes; the address of a deployment's log is not the feed's by a mark", async () => {
    expect(await api.get("/api/events")).toMatchObject({
      status: 400,
      body: { success: false, code: "websocket_required" },
    });
    await status(view(local.url, "feed=1")).toThrow("HTTP 400");
  });
});

test("on one's own machine nobody signs in, and a session that is over locks nobody out", async () => {
  const local = { id: "local", name: "local", role: "admin", apps: null, csrf: null };
  expect((await api.get("/api/auth/me")).body.data).toEqual(local);
  const stale = { Cookie: `slipway_session=${"0".repeat(64)}` };
  expect((await api.call("GET", "/api/auth/me", undefined, stale)).body.data).toEqual(local);
});
