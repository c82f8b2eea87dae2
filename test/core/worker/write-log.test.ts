import { expect, test } from "@jest/globals";
import type { LogChunk } from "../../../lib/core/log/log.ts";
import { appendLines, appendOwnLines, LineMissing, seal } from "../../../lib/core/worker/write-log.ts";
import { memoryLog } from "../../support/memory-stores.ts";
import { retrying } from "../../support/retrying.ts";

const line = (text: string) => ({
  line: `${text}\n`,
  timestamp: "2026-01-01T00:00:00.000Z",
  stream: "stdout" as const,
});
const bytesOf = ({ lines }: LogChunk) => lines.reduce((sum, one) => sum + Buffer.byteLength(one.line), 0);

/** A log that keeps note of what is stored at once. */
function fixture() {
  const log = memoryLog();
  const chunks: LogChunk[] = [];
  const put: typeof log.put = (id, chunk) => {
    chunks.push(chunk);
    return log.put(id, chunk);
  };
  return { log, chunks, deps: { log: { ...log, put }, ...retrying } };
}

test("more than an item of a table holds is stored in parts, each line once, however often it is sent", async () => {
  const { log, chunks, deps } = fixture();
  const lines = Array.from({ length: 500 }, (_, index) => line(`${index} ${"ü".repeat(500)}`));
  expect(await appendLines(deps, 7, "w", 1, lines.slice(0, 100))).toMatchObject({ outcome: "append" });
  expect(await appendLines(deps, 7, "w", 1, lines)).toMatchObject({ outcome: "append" });
  expect(await appendLines(deps, 7, "w", 1, lines)).toEqual({ outcome: "known", next: 501 });
  expect(log.lines(7).map((one) => one.line)).toEqual(lines.map((one) => one.line));
  expect(Math.max(...chunks.map(bytesOf))).toBeLessThanOrEqual(256 * 1024);
  expect(chunks.length).toBeGreaterThan(2);
});

test("a line that was split into more than that is stored all the same, and what follows a gap or a seal is not", async () => {
  const { log, deps } = fixture();
  const pieces = Array.from({ length: 30 }, () => line("x".repeat(16_000)));
  expect(await appendLines(deps, 7, "w", 1, [pieces, line("after")])).toMatchObject({ outcome: "append" });
  expect(log.lines(7)).toHaveLength(31);
  expect(await appendLines(deps, 7, "w", 4, [pieces, pieces])).toEqual({ outcome: "gap", next: 3 });
  await seal(deps, 7);
  expect(await appendLines(deps, 7, "w", 3, [pieces, pieces])).toEqual({ outcome: "closed" });
  expect(await appendLines(deps, 7, "w", 3, [])).toEqual({ outcome: "known", next: 3 });
});

test("the last lines are stored with the seal, once, whoever wrote them before they died", async () => {
  const { log, chunks, deps } = fixture();
  await appendOwnLines(deps, 7, "slipway", 1, [line("first")]);
  for (let time = 0; time < 2; time++) {
    await appendOwnLines(deps, 7, "slipway", 2, [line("last")], true);
    await seal(deps, 7);
  }
  expect(chunks.map(({ head }) => head.sealed)).toEqual([false, true]);
  expect(log.lines(7).map((one) => one.line)).toEqual(["first\n", "last\n"]);
});

test("a line of Slipway's own is not lost without a word where one before it is missing", async () => {
  const { log, deps } = fixture();
  await appendOwnLines(deps, 7, "slipway", 1, [line("first")]);
  await expect(appendOwnLines(deps, 7, "slipway", 3, [line("third")])).rejects.toEqual(
    new LineMissing(7, "slipway", 2, 3),
  );
  await appendOwnLines(deps, 7, "slipway", 2, [line("second"), line("third")]);
  expect(log.lines(7).map((one) => one.line)).toEqual(["first\n", "second\n", "third\n"]);
});
