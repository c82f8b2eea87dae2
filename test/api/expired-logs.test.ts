// A log is kept for 90 days. Afterwards it is answered as expired, and nobody waits for more.

import { describe, expect, test } from "@jest/globals";
import { encodeFrame } from "../../lib/api/encode.ts";
import { downloadLog, type LogsDeps, readLog } from "../../lib/api/logs.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import { append, emptyLog, sealLog } from "../../lib/core/log/log.ts";
import { pump } from "../../lib/core/pump/pump.ts";
import { someDeployment } from "../support/deployments.ts";
import { memorySockets } from "../support/memory-connections.ts";
import { memorySlots } from "../support/memory-slots.ts";
import { memoryDeployments, memoryLog, memoryTokens } from "../support/memory-stores.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { watchedByParts } from "../support/watched.ts";

const ada: Principal = { id: "token#2", name: "ada", role: "viewer", apps: null };
const finished_at = "2026-01-01T00:00:00.000Z";
const day = 24 * 3600 * 1000;
const ended = someDeployment({ id: 7, stage: "success", finished_at, log_complete: true, outbox: [] });

/** A deployment that ended so many days ago, with the lines that its log still has. */
async function daysAfter(days: number, { lines }: { lines: boolean }) {
  const log = memoryLog();
  const deployments = memoryDeployments(() => true, []);
  await deployments.create(ended);
  if (lines) {
    const line = { line: "built\n", timestamp: finished_at, stream: "stdout" } as const;
    const appended = append(emptyLog, "build#1", 1, [line]);
    if (appended.outcome === "append") await log.put(7, appended.chunk);
    const seal = sealLog(await log.head(7));
    if (seal !== null) await log.put(7, seal);
  }
  let nowMs = Date.parse(finished_at) + days * day;
  const pause = async (milliseconds: number) => {
    nowMs += milliseconds;
  };
  const deps = {
    deployments,
    log,
    pause,
    nowMs: () => nowMs,
    elapsedMs: () => nowMs,
    tokens: memoryTokens(),
    slots: memorySlots(() => nowMs / 1000),
    maxHeldReads: 4,
  } satisfies LogsDeps;
  const read = (query: Readonly<Record<string, string>> = {}) => readLog(deps, { principal: ada }, 7, query);
  const waited = () => nowMs - Date.parse(finished_at) - days * day;
  return { deps, read, waited };
}

const expired = { success: true, data: [], complete: true, expired: true };

describe("a log", () => {
  test("is read until its last day", async () => {
    const { read } = await daysAfter(89.9, { lines: true });
    expect(await read()).toMatchObject({ complete: true, expired: false, data: [{ line: "built\n" }] });
  });

  test.each([
    ["deleted", false],
    ["not deleted yet, since that takes DynamoDB its time", true],
  ])("is expired from then on: %s", async (_how, lines) => {
    const { deps, read } = await daysAfter(90, { lines });
    expect(await read()).toEqual({ ...expired, next_cursor: 0 });
    expect(await read({ after: "12" })).toEqual({ ...expired, next_cursor: 12 });
    const text: string[] = [];
    for await (const part of await downloadLog(deps, ada, 7)) text.push(part);
    expect(text.join("")).toBe("The log was deleted after 90 days.\n");
  });

  test("that is gone early is reported as expired, and nobody is held for more of it", async () => {
    const { read, waited } = await daysAfter(3, { lines: false });
    expect(await read({ wait: "20" })).toEqual({ ...expired, next_cursor: 0 });
    expect(waited()).toBe(0);
  });
});

test("who watches an expired one learns at once that it is complete", async () => {
  const { deps } = await daysAfter(100, { lines: false });
  const { connections } = memorySockets();
  await connections.add(7, {
    connection_id: "a=",
    after: 0,
    batch: false,
    live: false,
    snapshot_sent: false,
    connected_at: finished_at,
    principal: "ada",
    failures: 0,
    retry_at: null,
    closing: false,
  });
  const seen: { type: string; data: { log_complete: boolean } }[] = [];
  const post = async (_id: string, frame: string) => {
    seen.push(JSON.parse(frame));
    return "sent" as const;
  };
  const { deployments, log } = deps;
  const sockets = { post, close: async () => {} };
  const queue = { send: async () => {} };
  const [random, elapsedMs, now] = [() => 0, () => 0, () => finished_at];
  const reach = { sockets, queue, random, elapsedMs, now, logger: silentLogger };
  const watched = watchedByParts({ deployments, log, connections });
  await pump({ watched, log, connections, encode: encodeFrame, ...reach }, 7);
  expect(seen.map(({ type, data }) => [type, data.log_complete])).toEqual([
    ["status", false],
    ["status", true],
  ]);
});
