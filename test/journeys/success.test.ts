import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { type Viewer, view } from "../support/viewer.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let app: { id: number };
let id: number;
let live: Viewer;

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
  app = await registerApp(api, healthyApp("one", ["for i in 1 2 3 4 5; do echo said $i; sleep 0.1; done"]), {
    name: "shop",
    healthCheckPath: "/healthz",
  });
  id = await deploy(api, app.id);
  live = await view(local.url, `id=${id}`);
  await live.finished(90);
}, 180_000);

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const fields = [
  ...[
    "id",
    "app_id",
    "commit_hash",
    "commit_message",
    "branch",
    "status",
    "stage",
    "progress",
    "message",
    "error_message",
  ],
  ...["error_code", "exit_code", "failed_stage", "rolled_back", "created_at", "started_at", "finished_at", "duration"],
  ...[
    "trigger",
    "actor",
    "reason",
    "image_digest",
    "url",
    "rollback_of",
    "cancel_requested_at",
    "timeline",
    "log_complete",
    "version",
  ],
];

describe("a deployment that succeeds, watched over a socket", () => {
  test("goes through all stages with the promised progress and messages", () => {
    const seen = new Map(live.statuses().map((status) => [status.stage, status]));
    expect([...seen.keys()].filter((stage) => stage !== "pending")).toEqual([
      "cloning",
      "building",
      "deploying",
      "success",
    ]);
    expect(seen.get("cloning")).toMatchObject({ progress: 20, message: "Cloning Git repository", error_message: "" });
    expect(seen.get("building")).toMatchObject({ message: "Building Docker image" });
    expect(seen.get("success")).toMatchObject({ progress: 100, message: "Deployment succeeded", log_complete: true });
  });

  test("tells versions that only grow, and progress that never runs backwards", () => {
    const statuses = live.statuses();
    for (const [index, status] of statuses.entries()) {
      const before = statuses[index - 1];
      if (before === undefined) continue;
      expect(Number(status.version)).toBeGreaterThan(Number(before.version));
      expect(Number(status.progress)).toBeGreaterThanOrEqual(Number(before.progress));
    }
  });

  test("shows every line of the build in order, each ending in exactly one newline", () => {
    const lines = live.lines();
    expect(lines.map(({ line }) => line).filter((line) => line.startsWith("said"))).toEqual(
      [1, 2, 3, 4, 5].map((i) => `said ${i}\n`),
    );
    expect(lines.map(({ line }) => line).filter((line) => !/^[^\n]*\n$/.test(line))).toEqual([]);
    const cursors = lines.map(({ cursor }) => cursor);
    expect(cursors).toEqual([...new Set(cursors)].sort((a, b) => a - b));
    expect(lines.map(({ line }) => line)).toContainEqual(
      expect.stringMatching(/^Step 1\/\d+ : FROM node:24-alpine\n$/),
    );
  });

  test("ends with the status that says that the log is complete, and nothing after it", () => {
    expect(live.events.at(-1)).toMatchObject({ type: "status", data: { stage: "success", log_complete: true } });
  });

  test("is the same afterwards: status, the replay, and the same status again", async () => {
    const late = await view(local.url, `id=${id}`);
    await late.finished();
    expect(late.lines()).toEqual(live.lines());
    const [first, last] = [late.events.at(0), late.events.at(-1)];
    expect(first).toMatchObject({ type: "status", data: { stage: "success", log_complete: false } });
    expect(last).toMatchObject({ type: "status", data: { stage: "success", log_complete: true } });
    expect(late.events.filter((event) => event.type === "status")).toHaveLength(2);
    late.cut();
  });

  test("has the same lines in batches, and from a cursor on exactly the rest", async () => {
    const third = live.lines()[2]?.cursor ?? 0;
    const late = await view(local.url, `id=${id}&batch=1&after=${third}`);
    await late.finished();
    expect(late.events.map((event) => event.type)).not.toContain("log");
    expect(late.lines()).toEqual(live.lines().slice(3));
    late.cut();
  });
});

describe("the same deployment over REST", () => {
  test("has every field of the contract", async () => {
    const { body } = await api.get(`/api/deployments/${id}`);
    expect(Object.keys(body.data).sort()).toEqual([...fields].sort());
    expect(body).toMatchObject({
      success: true,
      data: {
        status: "success",
        stage: "success",
        progress: 100,
        error_message: null,
        exit_code: null,
        trigger: "api",
        commit_message: "First",
        log_complete: true,
      },
    });
    expect(body.data.image_digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(Number.isInteger(body.data.duration)).toBe(true);
    const stages = body.data.timeline.map((entry: { stage: string }) => entry.stage);
    expect(stages).toEqual(["pending", "cloning", "building", "deploying", "success"]);
  });

  test("answers its log page by page to the end, and as a file", async () => {
    const lines: string[] = [];
    let next = 0;
    for (let complete = false; !complete; ) {
      const { body } = await api.get(`/api/deployments/${id}/logs?after=${next}&limit=4`);
      lines.push(...body.data.map((entry: { line: string }) => entry.line));
      ({ complete, next_cursor: next } = body);
    }
    expect(lines).toEqual(live.lines().map(({ line }) => line));
    const file = await api.call("GET", `/api/deployments/${id}/logs`, undefined, { Accept: "text/plain" });
    expect(file.body).toBe(lines.join(""));
    const other = await api.get(`/api/deployments/logs?id=${id}&after=${next}`);
    expect(other.body).toMatchObject({ success: true, data: [], complete: true, next_cursor: next });
  });

  test("is in the list of its app and of its stage, newest first with a cursor", async () => {
    const listed = await api.get(`/api/deployments?appId=${app.id}&stage=success&limit=1`);
    expect(listed.body).toMatchObject({ success: true, next_cursor: null, data: [{ id }] });
    expect((await api.get(`/api/deployments?appId=${app.id}&status=failed`)).body.data).toEqual([]);
  });

  test("serves at the addresses that the app names", async () => {
    const { data } = (await api.get(`/api/apps/${app.id}`)).body;
    expect(data).toMatchObject({
      live_deployment_id: id,
      url: expect.stringMatching(/^http:\/\/shop\.localhost:\d+$/),
    });
    expect(await (await fetch(data.direct_url)).text()).toBe("one");
    const releases = (await api.get(`/api/apps/${app.id}/releases`)).body.data;
    expect(releases).toEqual([expect.objectContaining({ deployment_id: id, live: true })]);
  });
});
