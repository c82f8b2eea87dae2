import { beforeEach, describe, expect, test } from "@jest/globals";
import { type AppLogsDeps, readAppLog } from "../../lib/api/app-logs.ts";
import type { Principal } from "../../lib/core/access/principal.ts";
import type { AppLogEvent } from "../../lib/core/ports/app-logs.ts";
import { someApp } from "../support/deployments.ts";
import { memoryRuns } from "../support/memory-runs.ts";
import { memorySlots } from "../support/memory-slots.ts";
import { memoryDeployments, memoryLog, memoryTokens } from "../support/memory-stores.ts";
import { memoryTails } from "../support/memory-tails.ts";

const viewer = (name: string, apps: number[] | null = null): Principal => ({ id: name, name, role: "viewer", apps });
const start = 1_700_000_000_000;

let deps: AppLogsDeps;
let ms: number;
let printed: AppLogEvent[];
/** How often CloudWatch was asked. */
let reads: number;
let meanwhile: () => Promise<void> | void;

beforeEach(() => {
  [ms, printed, reads] = [start, [], 0];
  meanwhile = () => {};
  deps = {
    apps: { get: async (id) => (id === 1 ? someApp() : null) },
    runs: memoryRuns(),
    appLogs: {
      read: async ({ from, to }) => {
        reads++;
        return { events: printed.filter(({ at }) => at >= from && at <= (to ?? at)), token: null };
      },
    },
    tails: memoryTails(),
    secrets: { values: async () => ["hunter2-hunter2"] },
    deployments: memoryDeployments(() => true, []),
    log: memoryLog(),
    tokens: memoryTokens(new Map()),
    slots: memorySlots(() => Math.floor(ms / 1000)),
    maxHeldReads: 40,
    pause: async (pause) => {
      ms += pause;
      await meanwhile();
    },
    nowMs: () => ms,
    elapsedMs: () => ms,
  };
});

const print = (message: string, stream = "web/12/app/task1") => void printed.push({ stream, at: ms, message });
const read = (query: Record<string, string> = {}, who = viewer("ada"), id = 1) =>
  readAppLog(deps, { principal: who }, id, query) as Promise<{
    data: { line: string; cursor: string }[];
    next_cursor: string;
    previous_cursor: string | null;
    complete: boolean;
  }>;
const linesOf = (page: { data: readonly { line: string }[] }) => page.data.map(({ line }) => line);

test("a line says who printed it, without the app's secrets", async () => {
  print("the password is hunter2-hunter2");
  const page = await read();
  expect(page.data).toEqual([
    {
      line: "the password is [redacted]\n",
      timestamp: "2023-11-14T22:13:20.000Z",
      stream: null,
      process: "web",
      task: "task1",
      deployment_id: 12,
      cursor: expect.any(String),
    },
  ]);
});

test("nobody finds out a secret by looking for it piece by piece", async () => {
  const asked: string[] = [];
  const { appLogs } = deps;
  const noted: typeof appLogs.read = (range) => {
    asked.push(range.text);
    return appLogs.read(range);
  };
  deps = { ...deps, appLogs: { read: noted } };
  print("the password is hunter2-hunter2");
  // What is there and what is not is answered alike, the place to go on included.
  const answers = [];
  for (const q of ["hunter2", "hunter3", "aHVudGVyMi1", "aHVudGVyMi2"])
    answers.push(await read({ q, since: "2023-11-14T22:00:00Z" }));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(asked).toEqual(["", "hunter3", "", "aHVudGVyMi2"]);
  expect(linesOf(await read({ q: "password" }))).toEqual(["the password is [redacted]\n"]);
  expect(linesOf(await read({ q: "redacted" }))).toEqual(["the password is [redacted]\n"]);
});

test("a private key is not shown, wherever a page begins, and whatever is printed between its lines", async () => {
  const body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
  print("-----BEGIN PRIVATE KEY-----", "web/12/app/one");
  print(body, "web/12/app/one");
  print("ready", "web/12/app/two");
  print("short", "web/12/app/one");
  print("-----END PRIVATE KEY-----", "web/12/app/one");
  print(`sha256 ${"0a".repeat(32)}`);
  print("0a".repeat(32));
  const whole = linesOf(await read());
  expect(whole.join("")).not.toContain(body);
  expect(whole).toContain("ready\n");
  expect(whole).toContain(`${"0a".repeat(32)}\n`);
  expect(whole).not.toContain("short\n");
  const pages: string[] = [];
  let after: string | undefined;
  for (let page = 0; page < printed.length; page++) {
    const one = await read({ limit: "1", ...(after === undefined ? { since: "2023-11-14T22:00:00Z" } : { after }) });
    pages.push(...linesOf(one));
    after = one.next_cursor;
  }
  expect(pages).toHaveLength(printed.length);
  expect(pages.join("")).not.toContain(body);
});

test("an answer is held until there are lines", async () => {
  const { next_cursor: after } = await read();
  meanwhile = () => {
    if (ms >= start + 5000 && printed.length === 0) print("late");
  };
  expect(linesOf(await read({ after, wait: "20" }))).toEqual(["late\n"]);
  expect(ms).toBeGreaterThanOrEqual(start + 5000);
});

test("viewers who wait for the same app share one poll, and each gets every line once", async () => {
  const names = Array.from({ length: 10 }, (_, index) => `viewer ${index}`);
  const seen = new Map(names.map((name) => [name, [] as string[]]));
  let turns = 0;
  // All wait at the same time: the clock goes on when each of them has paused once.
  deps = {
    ...deps,
    pause: async (pause) => {
      if (++turns % names.length === 0) ms += pause;
      for (let turn = 0; turn < 20; turn++) await new Promise((resume) => setImmediate(resume));
    },
  };
  const { next_cursor } = await read();
  const begun = ms;
  reads = 0;
  let count = 0;
  const follow = async (name: string) => {
    let after = next_cursor;
    while (ms < begun + 20_000) {
      if (count < (ms - begun) / 1000) print(`line ${count++}`);
      const page = await read({ after, wait: "5" }, viewer(name));
      seen.get(name)?.push(...linesOf(page));
      after = page.next_cursor;
    }
    // What was printed at the very end.
    ms += 3000;
    seen.get(name)?.push(...linesOf(await read({ after }, viewer(name))));
  };
  await Promise.all(names.map(follow));
  const expected = printed.map(({ message }) => `${message}\n`);
  for (const name of names) expect(seen.get(name)).toEqual(expected);
  // A poll each 1.5 s, what each asks once at the end, and a deep look now and then; ten that poll by themselves ask three times as often.
  expect(reads).toBeLessThan(110);
});

describe("is refused", () => {
  test.each([
    ["a process that there is not", { process: "wroker" }, "process"],
    ["a time that is none", { since: "yesterday" }, "since"],
    ["both directions", { after: "x", before: "y" }, "before"],
    ["a release that is no number", { release: "x" }, "release"],
    ["too many lines", { limit: "5000" }, "limit"],
  ])("%s", async (_what, query: Record<string, string>, field) => {
    await expect(read(query)).rejects.toMatchObject({ code: "invalid_request", details: [{ field }] });
  });

  test("a cursor that is none", async () => {
    await expect(read({ after: "12" })).rejects.toMatchObject({ code: "invalid_cursor" });
  });

  test("an app that is not there, or not for this reader", async () => {
    await expect(read({}, viewer("ada"), 2)).rejects.toMatchObject({ code: "app_not_found" });
    await expect(read({}, viewer("ada", [7]))).rejects.toMatchObject({ code: "app_not_found" });
  });

  test("whoever loses access while they wait", async () => {
    const holder = { token: "gone", session: null };
    const waiting = readAppLog(deps, { principal: viewer("ada"), holder }, 1, { wait: "20" });
    await expect(waiting).rejects.toMatchObject({ code: "unauthorized" });
  });
});

describe("a secret across the events that the log driver makes of one long line", () => {
  const [secret, size] = ["hunter2-hunter2", 16 * 1024];
  const printLong = (at: number): void => {
    const line = `${"x".repeat(size - at)}${secret} was the password`;
    print(line.slice(0, size));
    print("meanwhile hunter2", "web/12/app/task2");
    print(line.slice(size));
  };

  test.each([4, 7, 11])("is shown in no part, cut after %i characters", async (at) => {
    printLong(at);
    const [head, , tail] = linesOf(await read());
    expect(head).toBe(`${"x".repeat(size - at)}[redacted]\n`);
    expect(tail).toBe("[redacted] was the password\n");
  });

  test("also where its parts are read one by one", async () => {
    printLong(7);
    const since = new Date(start - 1000).toISOString();
    let cursor: string | null = null;
    const seen: string[] = [];
    for (let n = 0; n < 3; n++) {
      const page = await read({ limit: "1", ...(cursor === null ? { since } : { after: cursor }) });
      cursor = page.next_cursor;
      seen.push(...linesOf(page));
    }
    expect(seen.map((line) => line.replace(/^x+/, ""))).toEqual([
      "[redacted]\n",
      "meanwhile hunter2\n",
      "[redacted] was the password\n",
    ]);
  });

  test("cannot be found by a part of it", async () => {
    printLong(7);
    expect(linesOf(await read({ q: "2 was" }))).toEqual([]);
    expect(linesOf(await read({ q: "was the password" }))).toHaveLength(1);
  });
});
