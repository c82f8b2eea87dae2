import { beforeEach, expect, test } from "@jest/globals";
import { downloadLog, type LogsDeps, readLog } from "../../lib/api/logs.ts";
import type { Credential, Holder } from "../../lib/core/access/credential.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { append } from "../../lib/core/log/log.ts";
import { someDeployment } from "../support/deployments.ts";
import { memorySlots } from "../support/memory-slots.ts";
import { memoryDeployments, memoryLog, memoryTokens } from "../support/memory-stores.ts";

const holder: Holder = { token: "adas", session: null };
const viewer = (name: string, apps: number[] | null = null): Principal => ({
  id: `token of ${name}`,
  name,
  role: "viewer",
  apps,
});
const token = (apps: number[] | null = null): Credential => ({
  kind: "token",
  id: 5,
  principal: viewer("ada", apps),
  expires_at: null,
  last_used_at: null,
  github: null,
});

let deps: LogsDeps;
let slots: ReturnType<typeof memorySlots>;
let kept: Map<string, Credential>;
let log: ReturnType<typeof memoryLog>;
let ms: number;
/** What happens while somebody waits. */
let meanwhile: (ms: number) => Promise<void> | void;

beforeEach(async () => {
  ms = 0;
  meanwhile = () => {};
  kept = new Map([["adas", token()]]);
  log = memoryLog();
  slots = memorySlots(() => Math.floor(ms / 1000));
  const deployments = memoryDeployments(() => true, []);
  await deployments.create(someDeployment({ id: 7, app_id: 1 }));
  deps = {
    deployments,
    log,
    slots,
    tokens: memoryTokens(kept),
    maxHeldReads: 4,
    pause: async (pause) => {
      ms += pause;
      await meanwhile(ms);
    },
    nowMs: () => ms,
    elapsedMs: () => ms,
  };
});

const read = (name = "ada", wait = 20) => readLog(deps, { principal: viewer(name), holder }, 7, { wait: String(wait) });

async function print(): Promise<void> {
  const line = { line: "ok\n", timestamp: "2026-01-01T00:00:00.000Z", stream: "stdout" as const };
  const appended = append(await log.head(7), "w", 1, [line]);
  if (appended.outcome === "append") await log.put(7, appended.chunk);
}

test("an answer is held until there are lines, or its time is over, and gives its slot back", async () => {
  meanwhile = (now) => (now >= 5000 ? print() : undefined);
  expect(await read()).toMatchObject({ data: [{ line: "ok\n" }], complete: false });
  expect(ms).toBeGreaterThanOrEqual(5000);
  expect(ms).toBeLessThan(6000);
  expect(slots.taken()).toBe(0);
});

test("what is there already is answered without a slot", async () => {
  await print();
  deps = { ...deps, slots: { take: () => Promise.reject(new Error("No slot is needed.")), free: async () => {} } };
  expect(await read()).toMatchObject({ data: [{ line: "ok\n" }] });
});

test("no more answers are held at the same time than there are slots, of one caller half of them; the others come at once", async () => {
  const waiting = new Map<string, number>();
  let most = 0;
  meanwhile = async () => {
    most = Math.max(most, slots.taken());
    await new Promise((resume) => setImmediate(resume));
  };
  const callers = [
    ...Array.from({ length: 10 }, () => "greedy"),
    ...Array.from({ length: 30 }, (_, index) => `caller ${index}`),
  ];
  const answers = await Promise.all(
    callers.map(async (name) => {
      const answer = await read(name, 2);
      waiting.set(name, (waiting.get(name) ?? 0) + 1);
      return answer;
    }),
  );
  expect(most).toBe(4);
  for (const answer of answers) expect(answer).toMatchObject({ data: [], complete: false, next_cursor: 0 });
  expect(slots.taken()).toBe(0);
});

test("with no slots at all none is held", async () => {
  deps = { ...deps, maxHeldReads: 0 };
  expect(await read()).toMatchObject({ data: [], complete: false });
  expect(ms).toBe(0);
});

test.each([
  ["revoked", () => void kept.delete("adas"), 401],
  ["taken from its app", () => void kept.set("adas", token([2])), 404],
])(
  "whoever waits with a token that is %s hears so within seconds, and gives the slot back",
  async (_, lose, status) => {
    meanwhile = (now) => {
      if (now === 4000) lose();
    };
    await expect(read()).rejects.toMatchObject({ status });
    expect(ms).toBeLessThanOrEqual(6400);
    expect(slots.taken()).toBe(0);
  },
);

test("a download takes a slot while it lasts; beyond them it is refused, with when to come back", async () => {
  await print();
  const download = () => downloadLog(deps, viewer("ada"), 7);
  const running = await Promise.all(Array.from({ length: 4 }, download));
  for (const one of running) await one.next();
  await expect(download()).rejects.toMatchObject({ status: 429, headers: { "Retry-After": "5" } });
  await running[0]?.return(undefined);
  for await (const text of await download()) expect(text).toBe("ok\n");
  expect(slots.taken()).toBe(3);
});
