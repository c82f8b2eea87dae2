import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createOutbox } from "../../lib/build/reporter/outbox.ts";
import type { BuildReportRequest, Finished, Line } from "../../lib/contract/build.ts";

const line = (text: string): Line => ({ line: `${text}\n`, timestamp: "2025-11-14T10:30:00.000Z", stream: "stdout" });
const lines = (from: number, count: number): Line[] => Array.from({ length: count }, (_, n) => line(String(from + n)));
const DONE: Finished = {
  outcome: "succeeded",
  stage: "building",
  code: null,
  message: null,
  exit_code: 0,
  image_digest: `sha256:${"0".repeat(64)}`,
};

/** Stores as the control plane does: what it has is skipped, a gap is refused. */
function store() {
  const log: string[] = [];
  const finished: Finished[] = [];
  return {
    log,
    finished,
    /** Takes at most `most` lines. */
    take: (report: BuildReportRequest, most: number): number => {
      const known = log.length + 1;
      expect(report.first).toBeLessThanOrEqual(known);
      log.push(...report.lines.slice(known - report.first, Math.max(most, 0)).map((each) => each.line));
      const whole = log.length + 1 >= report.first + report.lines.length;
      if (whole && report.finished !== undefined) finished.push(report.finished);
      return log.length + 1;
    },
  };
}

const happening = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), count: fc.integer({ min: 1, max: 900 }) }),
  fc.record({
    kind: fc.constantFrom("answered" as const, "answer lost" as const, "request lost" as const, "conflict" as const),
    count: fc.integer({ min: 0, max: 500 }),
  }),
);

test("whatever is lost on the way, each line arrives once and in order, and the last word after all of them", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
      const outbox = createOutbox();
      const plane = store();
      let added = 0;
      let now = 0;
      const exchange = (kind: string, count: number): void => {
        const report = outbox.take(now);
        if (kind === "request lost") return;
        const partly = kind === "conflict" && report.lines.length > count;
        const next = plane.take(report, partly ? count : report.lines.length);
        if (kind === "answer lost") return;
        if (partly) outbox.missing(next);
        else outbox.accepted(report, next);
      };
      for (const { kind, count } of happenings) {
        now += 100;
        if (kind === "add") {
          outbox.add(lines(added, count));
          added += count;
        } else if (outbox.due() !== undefined) exchange(kind, count);
      }
      outbox.finish(DONE);
      for (let left = 100; left > 0 && !outbox.empty(); left -= 1) exchange("answered", 0);
      expect(plane.log).toEqual(lines(0, added).map((each) => each.line));
      expect(plane.finished).toEqual([DONE]);
    }),
    { numRuns: 200 },
  );
});

test("a report stays below what the protocol allows", () => {
  const text = fc.oneof(fc.constant(16_000), fc.integer({ min: 0, max: 200 })).map((length) => "\u001b".repeat(length));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 700, size: "max" }), (texts) => {
      const outbox = createOutbox();
      outbox.add(texts.map(line));
      const report = outbox.take(0);
      expect(report.lines.length).toBeGreaterThan(0);
      expect(report.lines.length).toBeLessThanOrEqual(400);
      expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThan(600_000);
    }),
    { numRuns: 20 },
  );
});

describe("when a report is due", () => {
  test("never while there is nothing to say", () => {
    expect(createOutbox().due()).toBeUndefined();
  });

  test("soon after the first ones, 200 ms after the one before it in the end, and at once when it is full", () => {
    const outbox = createOutbox();
    const gaps: number[] = [];
    for (let sent = 1; sent <= 700; sent++) {
      outbox.add(lines(sent, 1));
      if (sent > 1) gaps.push((outbox.due() ?? 0) - 1000);
      outbox.accepted(outbox.take(1000), sent + 1);
    }
    expect(gaps[0]).toBeLessThanOrEqual(51);
    expect(gaps).toEqual(gaps.toSorted((one, other) => one - other));
    expect(gaps.at(-1)).toBe(200);
    outbox.add(lines(0, 400));
    expect(outbox.due()).toBe(0);
  });

  test("progress goes once a second at most, the latest only, and never after the last word", () => {
    const outbox = createOutbox();
    outbox.step({ number: 1, of: 5 });
    const first = outbox.take(5000);
    expect(first.step).toEqual({ number: 1, of: 5 });
    outbox.accepted(first, 1);
    outbox.step({ number: 2, of: 5 });
    outbox.step({ number: 3, of: 5 });
    expect(outbox.due()).toBe(6000);
    expect(outbox.take(5500).step).toBeUndefined();
    outbox.finish(DONE);
    expect(outbox.take(5600)).toMatchObject({ step: { number: 3, of: 5 }, finished: DONE });
  });

  test("the last word waits for the last line", () => {
    const outbox = createOutbox();
    outbox.add(lines(0, 401));
    outbox.finish(DONE);
    const first = outbox.take(0);
    expect(first.finished).toBeUndefined();
    outbox.accepted(first, 401);
    expect(outbox.take(0)).toMatchObject({ first: 401, finished: DONE });
  });
});

test("an answer about lines that never were brings nothing forward", () => {
  const outbox = createOutbox();
  outbox.add(lines(0, 3));
  expect(outbox.accepted(outbox.take(0), 99)).toBe(false);
  expect(outbox.missing(1)).toBe(false);
  expect(outbox.unsent()).toBe(3);
});
