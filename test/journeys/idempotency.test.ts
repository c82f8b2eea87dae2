import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiAt } from "../support/api.ts";
import { healthyApp } from "../support/apps.ts";
import { registerApp } from "../support/deploying.ts";
import { type LocalMode, removeDirectory, startLocalMode } from "../support/local-mode.ts";

let local: LocalMode;
let api: ReturnType<typeof apiAt>;
let appId: number;

beforeAll(async () => {
  local = await startLocalMode();
  api = apiAt(local.url);
  appId = (await registerApp(api, healthyApp(), { name: "shop" })).id;
});

afterAll(async () => {
  await local.stop();
  removeDirectory(local.data);
});

const ask = (key: string, body: unknown) => api.post("/api/deployments", body, { "Idempotency-Key": key });

test("the same key and body again is answered 200 with the same deployment", async () => {
  const first = await ask("again", { appId, reason: "Friday" });
  const second = await ask("again", { appId, reason: "Friday" });
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.body.id).toBe(first.body.id);
});

test("the same key with another body is a conflict, and makes nothing", async () => {
  const first = await ask("other", { appId });
  const second = await ask("other", { appId, reason: "Another" });
  expect(second).toMatchObject({ status: 409, body: { success: false, code: "idempotency_conflict" } });
  const list = await api.get(`/api/deployments?appId=${appId}&limit=100`);
  const known = list.body.data.filter(({ id }: { id: number }) => id > first.body.id);
  expect(known).toEqual([]);
});

/** Each is a cold start of its own where the local mode has just begun. */
const atOnce = Number(process.env.SLIPWAY_PARALLEL_POSTS ?? 6);

/** Asks again with the same key for as long as the server does not answer: that is what a key is for. */
async function askUntilAnswered(key: string, body: unknown) {
  for (let attempt = 0; attempt < 10; attempt++) {
    const answer = await ask(key, body);
    if (answer.status < 500) return answer;
  }
  throw new Error(`Nobody answered a request with the key ${key}.`);
}

test("first uses of one key at the same moment make one deployment, and all get the same answer", async () => {
  const answers = await Promise.all(Array.from({ length: atOnce }, () => askUntilAnswered("rush", { appId })));
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(atOnce - 1);
  expect(answers.every(({ status }) => status === 200 || status === 201)).toBe(true);
  expect(new Set(answers.map(({ body }) => JSON.stringify([body.id, body.commit_hash]))).size).toBe(1);
});

test("a refused request does not use up its key", async () => {
  expect((await ask("fixed", { appId: 999 })).status).toBe(404);
  expect((await ask("fixed", { appId })).status).toBe(201);
});

test("without a key each request makes a deployment of its own", async () => {
  const first = await api.post("/api/deployments", { appId });
  const second = await api.post("/api/deployments", { appId });
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.body.id).not.toBe(first.body.id);
});
