import { describe, expect, test } from "@jest/globals";
import type { ReportAnswer } from "../../lib/build/reporter/control-plane.ts";
import { createOutbox } from "../../lib/build/reporter/outbox.ts";
import { startSender } from "../../lib/build/reporter/sender.ts";
import { backoff } from "../../lib/build/reporter/surroundings.ts";
import type { BuildReportRequest, Line } from "../../lib/contract/build.ts";

const LINE: Line = { line: "x\n", timestamp: "2025-11-14T10:30:00.000Z", stream: "stdout" };

/** Time that passes only when a test moves it. */
function virtualTime() {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 50; n += 1) await Promise.resolve();
  };
  return {
    now: () => now,
    after: (ms: number, run: () => void) => {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    pass: async (ms: number): Promise<void> => {
      await settle();
      const end = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        now = Math.max(now, next.at);
        timers.delete(next);
        next.run();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}

function converse(answer: (report: BuildReportRequest, at: number) => ReportAnswer, giveUpAt = 1e9) {
  const time = virtualTime();
  const outbox = createOutbox();
  const sent: { at: number; report: BuildReportRequest }[] = [];
  const complaints: string[] = [];
  const sender = startSender({
    ...time,
    random: () => 1,
    complain: (sentence) => complaints.push(sentence),
    outbox,
    giveUpAt,
    report: async (report) => {
      sent.push({ at: time.now(), report });
      return answer(report, time.now());
    },
  });
  return { time, outbox, sender, sent, complaints };
}

const accept = ({ first, lines }: BuildReportRequest): ReportAnswer => ({
  kind: "accepted",
  next: first + lines.length,
});
const refuse = (): ReportAnswer => ({ kind: "again", reason: "HTTP 503", afterMs: 0 });

describe("the conversation with the control plane", () => {
  test("has twenty reports a second at first while lines trickle in, five in the end, with progress in one of them", async () => {
    const { time, outbox, sender, sent } = converse(accept);
    const trickle = async (seconds: number): Promise<void> => {
      for (let n = 0; n < seconds * 100; n += 1) {
        outbox.add([LINE]);
        outbox.step({ number: n + 1, of: 300 });
        sender.wake();
        await time.pass(10);
      }
    };
    await trickle(3);
    expect(sent.length).toBeGreaterThanOrEqual(40);
    expect(sent.length).toBeLessThanOrEqual(61);
    expect(sent.filter(({ report }) => report.step !== undefined).length).toBeLessThanOrEqual(4);
    await trickle(117);
    const before = sent.length;
    await trickle(10);
    expect(sent.length - before).toBeLessThanOrEqual(50);
    // Five a second would have been 650.
    expect(sent.length).toBeLessThanOrEqual(650 + 500);
  });

  test("brings a first line at once after a silence", async () => {
    const { time, outbox, sender, sent } = converse(accept);
    await time.pass(5000);
    outbox.add([LINE]);
    sender.wake();
    await time.pass(0);
    expect(sent.map(({ at }) => at)).toEqual([5000]);
  });

  test("backs off while there is no answer, says so once, and goes on when there is", async () => {
    const { time, outbox, sender, sent, complaints } = converse((report, at) =>
      at < 60_000 ? refuse() : accept(report),
    );
    outbox.add([LINE]);
    sender.wake();
    await time.pass(120_000);
    expect(sent.length).toBeLessThan(15);
    expect(outbox.empty()).toBe(true);
    expect(complaints).toEqual([expect.stringContaining("HTTP 503"), "The control plane answers again."]);
  });

  test("leaves a server alone for as long as it asks", async () => {
    const { time, outbox, sender, sent } = converse(() => ({ kind: "again", reason: "HTTP 429", afterMs: 30_000 }));
    outbox.add([LINE]);
    sender.wake();
    await time.pass(59_000);
    expect(sent.map(({ at }) => at)).toEqual([0, 30_000]);
  });

  test("does not hammer a server that acknowledges and yet wants the same lines again", async () => {
    const { time, outbox, sender, sent } = converse(({ first }) => ({ kind: "lines_missing", next: first }));
    outbox.add([LINE]);
    sender.wake();
    await time.pass(10_000);
    expect(sent.length).toBeLessThan(10);
  });

  test.each<[string, ReportAnswer]>([
    ["given_up", refuse()],
    ["unwanted", { kind: "unwanted", status: 410 }],
  ])("ends %s, and lets go of those who wait for room", async (ending, answer) => {
    const { time, outbox, sender } = converse(() => answer, 30_000);
    outbox.add([LINE, LINE]);
    sender.wake();
    const room = sender.room(1, 1024);
    await time.pass(40_000);
    await room;
    expect(await sender.ended).toBe(ending);
  });
});

test("the pauses grow twofold up to ten seconds, with full jitter", () => {
  expect([1, 2, 3, 10, 1000].map((failures) => backoff(failures, 1))).toEqual([200, 400, 800, 10_000, 10_000]);
  expect(backoff(5, 0)).toBe(0);
});
