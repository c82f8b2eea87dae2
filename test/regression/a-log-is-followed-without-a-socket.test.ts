// coolify#11707: nothing was seen where a proxy blocks sockets
import { expect, test } from "@jest/globals";
import { readLog } from "../../lib/api/logs.ts";
import { appendLines, buildWriter } from "../../lib/core/worker/write-log.ts";
import { someDeployment } from "../support/deployments.ts";
import { memorySlots } from "../support/memory-slots.ts";
import { memoryTokens } from "../support/memory-stores.ts";
import { retrying } from "../support/retrying.ts";
import { workerDeps } from "../support/worker-deps.ts";

const ada = { principal: { id: "token#9", name: "ada", role: "viewer", apps: null } } as const;
const line = (text: string) =>
  ({ line: `${text}\n`, timestamp: "2026-01-01T00:00:00.000Z", stream: "stdout" }) as const;

/** A reader whose clock moves only while it waits; `afterPause` happens meanwhile. */
async function reader(afterPause: (deps: ReturnType<typeof workerDeps>) => Promise<unknown>) {
  const deps = workerDeps();
  await deps.deployments.create(someDeployment());
  let ms = 0;
  const pause = async (milliseconds: number) => {
    ms += milliseconds;
    await afterPause(deps);
  };
  const slots = memorySlots(() => 0);
  return { ...deps, pause, nowMs: () => ms, elapsedMs: () => ms, tokens: memoryTokens(), slots, maxHeldReads: 4 };
}

test("an answer is held until there is a line, and says where to go on", async () => {
  const deps = await reader((w) => appendLines({ log: w.log, ...retrying }, 7, buildWriter(1), 1, [line("first")]));
  const page = await readLog(deps, ada, 7, { wait: "20" });
  expect(page).toMatchObject({ data: [{ line: "first\n", cursor: 1 }], next_cursor: 1, complete: false });
  expect(deps.nowMs()).toBeLessThan(1000);
});

test("it is not held for longer than was asked, and not at all for who does not wait", async () => {
  const waiting = await reader(async () => {});
  expect(await readLog(waiting, ada, 7, { wait: "5" })).toMatchObject({ data: [], next_cursor: 0, complete: false });
  expect(waiting.nowMs()).toBeGreaterThanOrEqual(5000);
  const hasty = await reader(async () => {});
  await readLog(hasty, ada, 7, {});
  expect(hasty.nowMs()).toBe(0);
});
