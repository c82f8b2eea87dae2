import { expect, test } from "@jest/globals";
import { withKnownHeads } from "../../../lib/core/worker/known-heads.ts";
import { appendLines, seal } from "../../../lib/core/worker/write-log.ts";
import { memoryLog } from "../../support/memory-stores.ts";
import { retrying } from "../../support/retrying.ts";

const line = (text: string) => ({
  stream: "system" as const,
  line: `${text}\n`,
  timestamp: "2026-01-01T00:00:00.000Z",
});

test("whoever knows a head that is old loses no line, whoever wrote in between", async () => {
  const log = memoryLog();
  const one = { log: withKnownHeads(log), ...retrying };
  const other = { log: withKnownHeads(log), ...retrying };
  await appendLines(one, 1, "slipway", 1, [line("first")]);
  await appendLines(other, 1, "slipway", 2, [line("second")]);
  expect(await appendLines(one, 1, "slipway", 3, [line("third")])).toMatchObject({ outcome: "append" });
  await appendLines(other, 1, "slipway", 4, [line("fourth")]);
  await seal(one, 1);
  const { lines, complete } = await log.read(1, 0, 100);
  expect(lines.map((each) => each.line)).toEqual(["first\n", "second\n", "third\n", "fourth\n"]);
  expect(complete).toBe(true);
});
