import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, reaches, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { type Viewer, view } from "../support/viewer.ts";

const steps = ["for i in 1 2 3 4 5; do echo said $i; sleep 0.1; done"];
let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let app: Awaited<ReturnType<typeof registerApp>>;
/** Of version "one". */
let first: number;
/** Of version "two": asked for while the first one runs, and watched from its waiting to its end. */
let asked: Awaited<ReturnType<typeof api.post>>;
let id: number;
let live: Viewer;

beforeAll(async () => {
  local = await startLocalMode({ heap: "small" });
  api = apiAt(local.url);
  app = await registerApp(api, healthyApp("one", steps), { name: "shop", healthCheckPath: "/healthz" });
  first = await deploy(api, app.id);
  // Messages may overtake each other on the queue: only one that runs already is sure to be before the other.
  await reaches(api, first, ["cloning", "building", "deploying"]);
  app.repository.commit(healthyApp("two", steps), "Second");
  asked = await api.post("/api/deployments", { appId: app.id, reason: "A better version" });
  id = asked.body.id;
  live = await view(local.url, `id=${id}`);
  await live.finished();
});

afterAll(async () => {
  live?.cut();
  await local?.stop();
  removeDirectory(local.data);
});

/** The contract's stages, with the progress they begin with and the most they reach. */
const promised = [
  { stage: "pending", from: 0, to: 0, message: "Waiting in queue" },
  { stage: "cloning", from: 20, to: 20, message: "Cloning Git repository" },
  { stage: "building", from: 50, to: 69, message: "Building Docker image" },
  { stage: "deploying", from: 80, to: 99, message: "Starting container" },
  { stage: "success", from: 100, to: 100, message: "Deployment succeeded" },
];
const stages = promised.map(({ stage }) => stage);

const fields = `id app_id commit_hash commit_message branch status stage progress message error_message error_code
  exit_code failed_stage rolled_back created_at started_at finished_at duration trigger actor actor_id reason image_digest url
  build rollback_of cancel_requested_at deadline_at timeline log_complete version
  configuration from_deployment promoted_to`.split(/\s+/);

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** GET at 127.0.0.1 with a `Host` of one's own, because `*.localhost` does not resolve everywhere. */
function getAs(url: string): Promise<string> {
  const { host, port, pathname } = new URL(url);
  return new Promise((done, fail) => {
    request({ host: "127.0.0.1", port, path: pathname, headers: { Host: host } }, async (answer) => {
      done((await answer.toArray()).join(""));
    })
      .on("error", fail)
      .end();
  });
}

describe("a deployment that succeeds, watched over a socket", () => {
  // Progress within a stage may be coalesced, also with its beginning: the next test has the bounds.
  test("goes through all stages in order, each entered with the promised message", () => {
    const entered = live
      .statuses()
      .filter((status, index, all) => status.stage !== all[index - 1]?.stage)
      .map(({ stage, message }) => ({ stage, message }));
    expect(entered).toEqual(promised.map(({ stage, message }) => ({ stage, message })));
  });

  test("keeps to its stage's progress and message in every status", () => {
    for (const status of live.statuses()) {
      const { from = 0, to = 0, message } = promised.find(({ stage }) => stage === status.stage) ?? {};
      expect(status).toMatchObject({ deployment_id: id, status: status.stage, message, error_message: "" });
      expect(status).toMatchObject({ failed_stage: null, rolled_back: false, log_complete: status.progress === 100 });
      expect(status.progress).toBeGreaterThanOrEqual(from);
      expect(status.progress).toBeLessThanOrEqual(to);
    }
  });

  test("sends versions that only grow, and progress that never runs backwards", () => {
    const versions = live.statuses().map(({ version }) => Number(version));
    const progress = live.statuses().map((status) => Number(status.progress));
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  test("shows every line of the build once, in order, each ending in exactly one newline", () => {
    const lines = live.lines().map(({ line }) => line);
    const cursors = live.lines().map(({ cursor }) => cursor);
    expect(lines.filter((line) => line.startsWith("said"))).toEqual([1, 2, 3, 4, 5].map((i) => `said ${i}\n`));
    expect(lines.filter((line) => !/^[^\n]*\n$/.test(line))).toEqual([]);
    expect(cursors).toEqual([...new Set(cursors)].sort((a, b) => a - b));
    expect(cursors[0]).toBeGreaterThan(0);
  });

  test("shows the Dockerfile's steps, numbered from the first to the last", () => {
    const shown = live.lines().flatMap(({ line }) => /^Step (\d+\/\d+) : (\w+)/.exec(line)?.slice(1) ?? []);
    expect(shown).toEqual(["1/4", "FROM", "2/4", "WORKDIR", "3/4", "COPY", "4/4", "RUN"]);
  });

  test("shows what the build prints while it builds, not afterwards", () => {
    const order = live.events.flatMap(({ type, data }) => {
      if (type === "status") return [String(data.stage)];
      return data.line === "said 1\n" ? ["said 1"] : [];
    });
    const said = order.indexOf("said 1");
    // The row that says "building" is written by another function than the lines are: on a busy machine it comes after the first of them.
    expect(said).toBeGreaterThan(order.indexOf("cloning"));
    expect(order.slice(said)).toContain("deploying");
    expect(order.slice(0, said)).not.toContain("deploying");
  });

  test("dates every event and line", () => {
    const times = [...live.events, ...live.lines()].map(({ timestamp }) => timestamp);
    expect(times.filter((time) => !rfc3339.test(time))).toEqual([]);
  });

  test("sends a viewer who comes only afterwards the status, the replay, and the same status with the log complete", async () => {
    const late = await view(local.url, `id=${id}`);
    await late.finished();
    const [before, after] = late.statuses();
    expect(late.events.map(({ type }) => type)).toEqual(["status", ...live.lines().map(() => "log"), "status"]);
    expect(late.lines()).toEqual(live.lines());
    expect(before).toMatchObject({ stage: "success", log_complete: false });
    expect(after).toEqual({ ...before, log_complete: true });
    expect(after).toEqual(live.statuses().at(-1));
    late.cut();
  });

  test("sends the same lines in batches to who asks for them", async () => {
    const late = await view(local.url, `id=${id}&batch=1`);
    await late.finished();
    expect(new Set(late.events.map(({ type }) => type))).toEqual(new Set(["status", "logs"]));
    expect(late.lines()).toEqual(live.lines());
    late.cut();
  });

  test("sends exactly the rest to who names a cursor", async () => {
    const late = await view(local.url, `id=${id}&after=${live.lines()[2]?.cursor}`);
    await late.finished();
    expect(late.lines()).toEqual(live.lines().slice(3));
    late.cut();
  });
});

describe("the same deployment over REST", () => {
  test("was answered bare and pending when it was asked for", () => {
    expect(asked.status).toBe(201);
    expect(Object.keys(asked.body).sort()).toEqual(fields.toSorted());
    expect(asked.body).toMatchObject({ app_id: app.id, status: "pending", stage: "pending", progress: 0 });
    expect(asked.body).toMatchObject({
      commit_hash: expect.stringMatching(/^[0-9a-f]{40}$/),
      commit_message: "Second",
    });
    expect(asked.body.created_at).toMatch(rfc3339);
  });

  test("has every field of the contract and no other", async () => {
    const { body } = await api.get(`/api/deployments/${id}`);
    expect(Object.keys(body).sort()).toEqual(["data", "success"]);
    expect(Object.keys(body.data).sort()).toEqual(fields.toSorted());
    expect(body.data).toMatchObject({ id, app_id: app.id, status: "success", stage: "success", progress: 100 });
    expect(body.data).toMatchObject({ message: "Deployment succeeded", branch: "main", trigger: "api" });
    expect(body.data).toMatchObject({ error_message: null, error_code: null, exit_code: null, failed_stage: null });
    expect(body.data).toMatchObject({ reason: "A better version", rolled_back: false, log_complete: true });
    expect(body.data).toMatchObject({ commit_hash: asked.body.commit_hash, rollback_of: null });
    expect(body.data.image_digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test("says when each stage was entered, and how many whole seconds it took", async () => {
    const { data } = (await api.get(`/api/deployments/${id}`)).body;
    const { timeline } = data;
    expect(timeline.map(({ stage, message }: { stage: string; message: string }) => ({ stage, message }))).toEqual(
      promised.map(({ stage, message }) => ({ stage, message })),
    );
    const entered: number[] = timeline.map((entry: { entered_at: string }) => Date.parse(entry.entered_at));
    const seconds = entered.map((at, index) => Math.floor(((entered[index + 1] ?? Number.NaN) - at) / 1000));
    expect(timeline.map((entry: { seconds: number }) => entry.seconds)).toEqual([...seconds.slice(0, -1), null]);
    expect([data.started_at, data.finished_at]).toEqual([timeline[1].entered_at, timeline[4].entered_at]);
    expect(data.duration).toBe(Math.floor((Date.parse(data.finished_at) - Date.parse(data.started_at)) / 1000));
  });

  test("answers its log page by page to the end, without waiting where nothing will follow", async () => {
    const lines: unknown[] = [];
    let next = 0;
    for (let complete = false; !complete; ) {
      const { body } = await api.get(`/api/deployments/${id}/logs?after=${next}&limit=4&wait=20`);
      expect(body.data.length).toBeLessThanOrEqual(4);
      lines.push(...body.data);
      ({ complete, next_cursor: next } = body);
    }
    expect(lines).toEqual(live.lines());
    const began = Date.now();
    const rest = await api.get(`/api/deployments/${id}/logs?after=${next}&wait=20`);
    expect(rest.body).toEqual({ success: true, data: [], complete: true, expired: false, next_cursor: next });
    expect(Date.now() - began).toBeLessThan(15_000);
  });

  test("answers the same at the socket's address, and its log as a file at both", async () => {
    const paths = [`/api/deployments/${id}/logs`, `/api/deployments/logs?id=${id}`];
    for (const path of paths) {
      const { body } = await api.get(path);
      expect(body).toMatchObject({ success: true, complete: true, next_cursor: live.lines().at(-1)?.cursor });
      expect(body.data).toEqual(live.lines());
      const file = await api.call("GET", path, undefined, { Accept: "text/plain" });
      expect(file.headers.get("content-type")).toMatch(/^text\/plain/);
      expect(file.body).toBe(
        live
          .lines()
          .map(({ line }) => line)
          .join(""),
      );
    }
  });

  test("is in the list of its app, newest first, page by page, and by stage and status", async () => {
    const list = async (query: string) => (await api.get(`/api/deployments?${query}`)).body;
    const page = await list(`appId=${app.id}&limit=1`);
    expect(page).toMatchObject({ success: true, next_cursor: expect.anything(), data: [{ id, error_message: null }] });
    expect(Object.keys(page.data[0]).sort()).toEqual(fields.toSorted());
    const rest = await list(`appId=${app.id}&limit=1&cursor=${encodeURIComponent(page.next_cursor)}`);
    expect(rest).toMatchObject({ next_cursor: null, data: [{ id: first, stage: "success" }] });
    for (const query of [`appId=${app.id}`, "stage=success", `appId=${app.id}&status=success`, ""]) {
      expect((await list(query)).data.map((row: { id: number }) => row.id)).toEqual([id, first]);
    }
    expect((await list(`appId=${app.id}&status=failed`)).data).toEqual([]);
  });

  test("serves its version at both addresses of the app, and is the live release", async () => {
    const { data } = (await api.get(`/api/apps/${app.id}`)).body;
    const { port } = new URL(local.url);
    expect(data).toMatchObject({ live_deployment_id: id, url: `http://shop.localhost:${port}` });
    expect(data.direct_url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(data.direct_url)).text()).toBe("two");
    expect(await getAs(`${data.url}/some/page`)).toBe("two");
    const releases = (await api.get(`/api/apps/${app.id}/releases`)).body.data;
    expect(releases).toMatchObject([
      { deployment_id: id, live: true },
      { deployment_id: first, live: false },
    ]);
  });
});

test("nothing follows the status with the log complete, but a ping is still answered", async () => {
  const said = live.events.length;
  expect(live.events.at(-1)).toMatchObject({ type: "status", data: { stage: stages.at(-1), log_complete: true } });
  live.send('{"type":"ping"}');
  await live.until("a pong", ({ type }) => type === "pong");
  expect(live.events.slice(said).map(({ type }) => type)).toEqual(["pong"]);
});
