// coolify#8627, coolify#7313: 502s while switching
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { type Behaviour, turnableApp } from "../support/apps.ts";
import { addressOf, answersOf, deploy, ends, type Registered, registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";
import { visitors } from "../support/visitors.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;

beforeAll(async () => {
  local = await startLocalMode({ args: ["--minute", "6s"], healthCheckSecond: "150ms" });
  api = apiAt(local.url);
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

async function change(appId: number, strategy: object): Promise<void> {
  const answer = await api.call("PATCH", `/api/apps/${appId}`, { strategy });
  expect(answer.status).toBe(200);
}

async function release(app: Registered, version: string, behaviour: Partial<Behaviour> = {}): Promise<number> {
  app.repository.commit(turnableApp(version, behaviour), `Version ${version}`);
  return deploy(api, app.id);
}

test("no request fails over releases of every strategy, good and bad ones, and the right version serves at the end", async () => {
  const app = await registerApp(api, turnableApp("0"), { name: "every", healthCheckPath: "/healthz" });
  expect(await ends(api, await deploy(api, app.id))).toMatchObject({ stage: "success" });
  const crowd = visitors(Number(new URL(await addressOf(api, app.id)).port));
  const blueGreen = { type: "blue_green", bakeMinutes: 0 };
  const linear = { type: "linear", stepPercent: 50, stepBakeMinutes: 0, bakeMinutes: 0 };
  const canary = { type: "canary", percent: 25, canaryBakeMinutes: 1, bakeMinutes: 0 };
  for (const [version, strategy] of [blueGreen, linear, canary, { type: "rolling" }].entries()) {
    await change(app.id, strategy);
    const end = await ends(api, await release(app, String(version + 1)));
    expect(end).toMatchObject({ stage: "success", error_message: null });
    expect(await answersOf(api, app.id, 10)).toEqual(Array(10).fill(String(version + 1)));
  }
  await change(app.id, canary);
  const bad = await ends(api, await release(app, "sick", { health: 503 }), 120);
  expect(bad).toMatchObject({ stage: "failed", error_code: "release_failed", rolled_back: true });
  expect(bad.error_message).toMatch(/GET \/healthz on port \d+: .*503.*printed last: version sick/);
  const { asked, wrong, seen } = await crowd.leave();
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(20);
  expect([...seen].sort()).toEqual(["0", "1", "2", "3", "4"]);
  expect(await answersOf(api, app.id, 10)).toEqual(Array(10).fill("4"));
});
