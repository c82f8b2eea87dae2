import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { deploy, ends, reaches, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { view } from "../support/viewer.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

test("six deployments of four apps at once: no line or status crosses over, and of one app the latest wins", async () => {
  const names = ["one", "two", "three", "four"];
  const apps = await Promise.all(
    names.map((name) =>
      registerApp(api, healthyApp(name, [`for i in 1 2 3 4 5 6; do echo marker-${name} $i; sleep 0.2; done`]), {
        name,
        healthCheckPath: "/healthz",
      }),
    ),
  );
  const [first = 0, ...others] = apps.map((app) => app.id);
  const asked = [first, first, first, ...others];
  const ids = [await deploy(api, first)];
  // Messages may overtake each other on the queue: only one that runs already is sure to be before the others.
  await reaches(api, ids[0] ?? 0, ["cloning", "building", "deploying", "success"]);
  // Of the same files the image would be reused, without a line of a build.
  apps[0]?.repository.commit({ "reason.txt": "again" }, "Again");
  for (const appId of asked.slice(1)) ids.push(await deploy(api, appId));
  const viewers = await Promise.all(ids.map((id) => view(local.url, `id=${id}`)));
  const ended = await Promise.all(ids.map((id) => ends(api, id)));
  await Promise.all(viewers.map((viewer) => viewer.finished()));

  for (const [index, viewer] of viewers.entries()) {
    const name = names[apps.findIndex((app) => app.id === asked[index])];
    const markers = viewer
      .lines()
      .map(({ line }) => line)
      .filter((line) => line.startsWith("marker-"));
    expect(new Set(viewer.statuses().map((status) => status.deployment_id))).toEqual(new Set([ids[index]]));
    const expected = ended[index].stage === "superseded" ? [] : [1, 2, 3, 4, 5, 6].map((i) => `marker-${name} ${i}\n`);
    expect(markers).toEqual(expected);
    viewer.cut();
  }
  const stages = ended.map((deployment) => deployment.stage);
  expect(stages).toEqual(["success", "superseded", "success", "success", "success", "success"]);
  expect(ended[1].message).toBe(`Replaced by the newer deployment ${ids[2]}.`);
  expect(Date.parse(ended[2].started_at)).toBeGreaterThanOrEqual(Date.parse(ended[0].finished_at));
});
