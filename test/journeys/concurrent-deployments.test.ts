import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { type Viewer, view } from "../support/viewer.ts";

const names = ["one", "two", "three", "four"];
/** Six deployments of four apps: three of the first, one each of the others. */
const plan = ["one", "one", "one", "two", "three", "four"];
const count = 6;

interface Watched {
  readonly name: string;
  readonly appId: number;
  readonly id: number;
  readonly viewer: Viewer;
  readonly ended: Awaited<ReturnType<typeof ends>>;
}

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let watched: readonly Watched[];

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
  const ids = new Map<string, number>();
  for (const name of names) {
    const files = healthyApp(name, [`for i in $(seq ${count}); do echo marker-${name} $i; sleep 0.3; done`]);
    ids.set(name, (await registerApp(api, files, { name, healthCheckPath: "/healthz" })).id);
  }
  const asked: { name: string; appId: number; id: number }[] = [];
  for (const name of plan) {
    const appId = ids.get(name) ?? 0;
    asked.push({ name, appId, id: await deploy(api, appId) });
  }
  watched = await Promise.all(
    asked.map(async (each) => {
      const viewer = await view(local.url, `id=${each.id}`);
      await viewer.finished(150);
      return { ...each, viewer, ended: await ends(api, each.id) };
    }),
  );
}, 240_000);

afterAll(async () => {
  for (const { viewer } of watched ?? []) viewer.cut();
  await local?.stop();
  removeDirectory(local.data);
});

const time = (text: string): number => Date.parse(text);

describe("six deployments of four apps at once", () => {
  test("each end as they should, and every app answers its own version", async () => {
    const stages = watched.map(({ ended }) => ended.stage);
    expect(stages).toEqual(["success", "superseded", "success", "success", "success", "success"]);
    for (const { name, appId } of watched) {
      const { data } = (await api.get(`/api/apps/${appId}`)).body;
      expect(await (await fetch(data.direct_url)).text()).toBe(name);
    }
  });

  test("really ran at the same time", () => {
    const ran = [0, 3, 4, 5].flatMap((index) => watched[index]?.ended ?? []);
    const lastStart = Math.max(...ran.map((ended) => time(ended.started_at)));
    const firstEnd = Math.min(...ran.map((ended) => time(ended.finished_at)));
    expect(lastStart).toBeLessThan(firstEnd);
  });

  test("show every viewer the lines and statuses of one deployment only", async () => {
    for (const { id, name, viewer, ended } of watched) {
      const markers = viewer.lines().flatMap(({ line }) => (line.startsWith("marker-") ? [line] : []));
      const own = Array.from({ length: count }, (_, index) => `marker-${name} ${index + 1}\n`);
      expect(markers).toEqual(ended.stage === "superseded" ? [] : own);
      expect(new Set(viewer.statuses().map((status) => status.deployment_id))).toEqual(new Set([id]));
      expect(viewer.statuses().at(-1)).toMatchObject({ stage: ended.stage, message: ended.message });
      const stored = (await api.get(`/api/deployments/${id}/logs?limit=5000`)).body.data;
      expect(viewer.lines()).toEqual(stored);
    }
  });
});

describe("three deployments of one app, asked for quickly", () => {
  test("the second is superseded without ever having started, and names the newer one", () => {
    const [, second, third] = watched;
    expect(second?.ended).toMatchObject({
      message: `Replaced by the newer deployment ${third?.id}.`,
      started_at: null,
      duration: null,
      progress: 0,
      error_message: null,
      failed_stage: null,
    });
    expect(second?.viewer.statuses().map(({ stage }) => stage)).not.toContain("cloning");
    expect(second?.viewer.events.map(({ type }) => type)).not.toContain("error");
  });

  test("the third starts only when the first has ended, and is what is live", async () => {
    const [first, , third] = watched;
    expect(time(third?.ended.started_at)).toBeGreaterThanOrEqual(time(first?.ended.finished_at));
    const { data } = (await api.get(`/api/apps/${first?.appId}`)).body;
    expect(data).toMatchObject({ live_deployment_id: third?.id });
  });
});
