import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeFrame } from "../../lib/api/encode.ts";
import { viewerFrameSchema } from "../../lib/contract/frames.ts";
import type { NumberedLine } from "../../lib/core/log/log.ts";
import type { Frame } from "../../lib/core/pump/frame.ts";
import {
  finalFrames,
  isNewToViewers,
  type LineFrame,
  lineFrames,
  snapshotFrames,
  statusFrames,
} from "../../lib/core/pump/frames.ts";
import { noMark } from "../../lib/core/sockets/connection.ts";
import { buildProgress, releaseProgress } from "../../lib/core/stage.ts";
import { someDeployment } from "../support/deployments.ts";

const at = "2025-11-14T10:30:45Z";
const line = (text: string, cursor: number): NumberedLine => ({ line: text, timestamp: at, stream: "stdout", cursor });
const text = (frame: Frame | LineFrame): string => encodeFrame("cursor" in frame ? frame.frame : frame);
/** As sent. What the contract does not name is missing here. */
const parsed = (frames: readonly (Frame | LineFrame)[]): unknown[] =>
  frames.map((frame) => viewerFrameSchema.parse(JSON.parse(text(frame))));

/** What API Gateway takes as one message. */
const largestMessage = 128 * 1024;
/** As the contract cuts them. */
const longestLine = 16 * 1024;

const status = {
  deployment_id: 7,
  status: "pending",
  stage: "pending",
  progress: 0,
  message: "Waiting in queue",
  error_message: "",
  version: 1,
  failed_stage: null,
  rolled_back: false,
  log_complete: false,
};
const failed = someDeployment({
  stage: "failed",
  message: "It broke.",
  error_message: "It broke.",
  failed_stage: "building",
  finished_at: at,
});
const last = { ...status, status: "failed", stage: "failed", failed_stage: "building", log_complete: true };

describe("a frame is exactly what the contract says", () => {
  test("of a state", () => {
    expect(parsed(snapshotFrames(someDeployment(), at))).toEqual([{ type: "status", timestamp: at, data: status }]);
  });

  test("of a line, alone and among others", () => {
    const lines = [line("Step 1/5 : FROM node:18\n", 3), line("ok\n", 5)];
    expect(parsed(lineFrames(lines, false))).toEqual(
      lines.map((data) => ({ type: "log", timestamp: at, data: { ...data } })),
    );
    expect(parsed(lineFrames(lines, true))).toEqual([{ type: "logs", timestamp: at, data: { lines } }]);
    expect(lineFrames([], true)).toEqual([]);
  });

  test("of a failure: the error, then the state with the same text", () => {
    expect(parsed(finalFrames(failed))).toEqual([
      { type: "error", timestamp: at, data: { message: "It broke.", scope: "deployment", deployment_id: 7 } },
      { type: "status", timestamp: at, data: { ...last, message: "It broke.", error_message: "It broke." } },
    ]);
  });

  test("of a cancellation: only the state", () => {
    const cancelled = { ...failed, stage: "cancelled" as const, error_message: null };
    expect(parsed(finalFrames(cancelled)).map((frame) => (frame as { type: string }).type)).toEqual(["status"]);
  });
});

test("status frames that were sent are not sent again", () => {
  const row = someDeployment();
  const first = statusFrames(row, noMark, at);
  expect(parsed(first.before)).toEqual([{ type: "status", timestamp: row.created_at, data: status }]);
  expect(statusFrames(row, first.mark, at)).toEqual({ before: [], after: [], mark: first.mark });
});

test("a batch fits into one message, whatever is in its lines, and all lines are in the batches in order", () => {
  const output = fc.oneof(
    { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
    // A build that prints a binary file: the characters that JSON makes longest, up to the longest line.
    fc
      .record({ unit: fc.constantFrom("\u0000", "\u001b", "\ud800", "€", '"'), length: fc.nat(longestLine) })
      .map(({ unit, length }) => unit.repeat(Math.floor(length / Buffer.byteLength(unit)))),
  );
  fc.assert(
    fc.property(fc.array(output, { maxLength: 60 }), (texts) => {
      const lines = texts.map((one, index) => line(`${one}\n`, index + 1));
      const frames = lineFrames(lines, true);
      for (const frame of frames) expect(Buffer.byteLength(text(frame))).toBeLessThan(largestMessage);
      expect(frames.flatMap((frame) => JSON.parse(text(frame)).data.lines)).toEqual(lines);
    }),
    { numRuns: 30 },
  );
});

test("lines of nothing but control characters, as long as a group may be, fit too", () => {
  for (const length of [1, 500, 6000, 9999, 11_900, 16_000]) {
    const lines = Array.from({ length: 60 }, (_, index) => line(`${"\u0000".repeat(length)}\n`, index + 1));
    for (const frame of lineFrames(lines, true)) expect(Buffer.byteLength(text(frame))).toBeLessThan(largestMessage);
  }
});

test("progress within a stage never runs backwards and never reaches the next stage", () => {
  const share = fc.nat(40);
  fc.assert(
    fc.property(share, share, fc.nat(20), fc.nat(100), (number, more, of, traffic) => {
      const [now, later] = [
        { number, of },
        { number: number + more, of },
      ].map(buildProgress);
      expect(now).toBeGreaterThanOrEqual(50);
      expect(later).toBeGreaterThanOrEqual(now ?? 0);
      expect(later).toBeLessThanOrEqual(69);
      const seen = { healthy: number, desired: of, traffic };
      expect(releaseProgress(seen)).toBeGreaterThanOrEqual(80);
      expect(releaseProgress({ ...seen, healthy: number + more })).toBeGreaterThanOrEqual(releaseProgress(seen));
      expect(releaseProgress({ ...seen, traffic: 100 })).toBeLessThanOrEqual(99);
    }),
  );
});

test("a version of the row that shows viewers something is new to them, and one that changes inner state is not", () => {
  const row = someDeployment({ stage: "building" });
  expect(isNewToViewers(null, row)).toBe(true);
  expect(isNewToViewers(row, { ...row, version: row.version + 1, outbox: [{ type: "seal_log" }] })).toBe(false);
  expect(isNewToViewers(row, { ...row, status_version: row.status_version + 1 })).toBe(true);
  expect(isNewToViewers(row, { ...row, timeline: [...row.timeline, ...row.timeline] })).toBe(true);
  expect(isNewToViewers(row, { ...row, finished_at: "2026-01-01T00:00:00.000Z" })).toBe(true);
});
