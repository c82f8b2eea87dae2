import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeCursor, encodeCursor, startingAt } from "../../lib/core/app-log/cursor.ts";
import { type AppLogQuery, readAfter, readLast, readTail, tailRange } from "../../lib/core/app-log/read.ts";
import { sourceOf, streamPrefix } from "../../lib/core/app-log/stream.ts";
import type { AppLogEvent, AppLogs } from "../../lib/core/ports/app-logs.ts";

/** Far from 0, and so that all that is looked back to lies after it. */
const start = 1_700_000_000_000;
const streams = ["web/1/app/a", "web/2/app/b", "worker/2/app/c"] as const;

interface Printed extends AppLogEvent {
  /** When the log service has it. */
  readonly arrives: number;
}

/** The log service at a time: what has arrived, by time, in pages. */
function logsAt(
  printed: readonly Printed[],
  now: () => number,
  pageSize = 3,
): AppLogs & { readonly reads: () => number } {
  let reads = 0;
  return {
    reads: () => reads,
    read: async ({ from, to, prefix, text, token }) => {
      reads++;
      const there = printed
        .filter((event) => event.arrives <= now() && event.at >= from && event.at <= (to ?? Number.POSITIVE_INFINITY))
        .filter((event) => event.stream.startsWith(prefix) && event.message.includes(text))
        .toSorted((one, other) => one.at - other.at);
      const first = Number(token ?? 0);
      const next = first + pageSize;
      const events = there.slice(first, next).map(({ stream, at, message }) => ({ stream, at, message }));
      return { events, token: next < there.length ? String(next) : null };
    },
  };
}

const everything: AppLogQuery = {
  app_id: 1,
  process: null,
  release: null,
  task: null,
  text: "",
  matches: () => true,
  since: 0,
  until: null,
  limit: 4,
};

/** Lines of several streams. A stream's lines arrive in order, each up to nine minutes late; several have the same time. */
const history = fc
  .array(
    fc.record({
      stream: fc.constantFrom(...streams),
      after: fc.integer({ min: 0, max: 20_000 }),
      late: fc.oneof(
        { weight: 4, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 540_000 }) },
      ),
    }),
    { maxLength: 40 },
  )
  .map((steps): Printed[] => {
    let at = start;
    const arrived = new Map<string, number>();
    return steps.map(({ stream, after, late }, index) => {
      at += after < 5000 ? 0 : after;
      const arrives = Math.max(arrived.get(stream) ?? 0, at + late);
      arrived.set(stream, arrives);
      return { stream, at, message: `line ${index}`, arrives };
    });
  });

const messagesOf = (events: readonly AppLogEvent[], stream: string): string[] =>
  events.filter((event) => event.stream === stream).map(({ message }) => message);

/** Every line once, and those of a stream in order. */
function expectWhole(seen: readonly AppLogEvent[], printed: readonly Printed[]): void {
  expect(seen.map(({ message }) => message).toSorted()).toEqual(printed.map(({ message }) => message).toSorted());
  for (const stream of streams) expect(messagesOf(seen, stream)).toEqual(messagesOf(printed, stream));
}

describe("reading an app's log", () => {
  test("has each line once, however late it arrives and wherever a page ends", async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 7 }), fc.boolean(), async (printed, limit, isShared) => {
        let now = start;
        const logs = logsAt(printed, () => now, 10);
        const query = { ...everything, limit };
        const seen: AppLogEvent[] = [];
        let cursor = startingAt(start - 1000);
        const end = Math.max(start, ...printed.map(({ arrives }) => arrives)) + 60_000;
        while (now < end) {
          now += 5000;
          for (;;) {
            const tail = { polled_at: now, from: tailRange(1, now).from, events: [] as AppLogEvent[] };
            for (let token: string | null = null, more = true; more; more = token !== null) {
              const page = await logs.read({ ...tailRange(1, now), token });
              tail.events.push(...page.events);
              token = page.token;
            }
            const shared = isShared ? readTail(query, cursor, tail, now) : null;
            const read = shared ?? (await readAfter(logs, query, cursor, now));
            seen.push(...read.lines.map(({ event }) => event));
            // Over the wire and back.
            cursor = decodeCursor(encodeCursor(read.next)) ?? startingAt(0);
            if (read.complete) break;
          }
        }
        expectWhole(seen, printed);
      }),
      { numRuns: 200 },
    );
  });

  test("goes on from the cursor of any line with exactly the rest", async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async (printed, pick) => {
        const now = start + 3_600_000;
        const logs = logsAt(printed, () => now, 100);
        const query = { ...everything, limit: 1000 };
        const all = await readAfter(logs, query, startingAt(start), now);
        const from = all.lines[pick % Math.max(1, all.lines.length)];
        if (from === undefined) return;
        const index = all.lines.indexOf(from);
        const text = (lines: typeof all.lines) => lines.map(({ event }) => event.message);
        const after = await readAfter(logs, query, from.cursor, now);
        expect(text(after.lines)).toEqual(text(all.lines.slice(index + 1)));
        const before = await readLast(logs, { ...query, since: start }, from.cursor, now);
        expect(text(before.lines)).toEqual(text(all.lines.slice(0, index)));
      }),
      { numRuns: 100 },
    );
  });

  test("begins with the last lines, goes back from there without a gap, and on without a repeat", async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 1, max: 5 }), async (printed, limit) => {
        const now = start + 3_600_000;
        const logs = logsAt(printed, () => now, 100);
        const query = { ...everything, limit, since: start };
        const last = await readLast(logs, query, null, now);
        let lines = [...last.lines];
        for (let page = last; !page.isFirst; ) {
          const [first] = lines;
          if (first === undefined) break;
          page = await readLast(logs, query, first.cursor, now);
          lines = [...page.lines, ...lines];
        }
        expectWhole(
          lines.map(({ event }) => event),
          printed,
        );
        const on = await readAfter(logs, query, last.next, now);
        expect(on.lines).toEqual([]);
        expect(on.complete).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test("finds what is asked for by process, release, task and text, case-sensitive", async () => {
    const printed = streams.flatMap((stream, index) =>
      ["Error: one", "error: two"].map((message) => ({ stream, at: start + index, message, arrives: 0 })),
    );
    const logs = logsAt(printed, () => start);
    const ask = async (change: Partial<AppLogQuery>) =>
      (await readAfter(logs, { ...everything, limit: 100, ...change }, startingAt(start), start)).lines.map(
        ({ event }) => `${event.stream} ${event.message}`,
      );
    expect(await ask({ process: "worker", matches: ({ message }) => message.includes("Error") })).toEqual([
      "worker/2/app/c Error: one",
    ]);
    expect(await ask({ release: 2, matches: ({ message }) => message.includes("error") })).toEqual([
      "web/2/app/b error: two",
      "worker/2/app/c error: two",
    ]);
    expect(await ask({ task: "a" })).toHaveLength(2);
    expect(await ask({ process: "web", release: 2, until: start })).toEqual([]);
  });

  test("gets past pages without a match", async () => {
    const printed = Array.from({ length: 100 }, (_, index) => ({
      stream: "web/1/app/a",
      at: start + index,
      message: index === 99 ? "needle" : "hay",
      arrives: 0,
    }));
    // What is passed over may be more than what is asked for.
    const all = logsAt(printed, () => start + 1000, 2);
    const logs: AppLogs = {
      read: async (range) => {
        const page = await all.read({ ...range, text: "" });
        return { ...page, events: page.events.filter(({ message }) => message.includes(range.text)) };
      },
    };
    let cursor = startingAt(start);
    const found: string[] = [];
    for (let looks = 0; looks < 30; looks++) {
      const read = await readAfter(logs, { ...everything, text: "needle" }, cursor, start + 1000);
      found.push(...read.lines.map(({ event }) => event.message));
      cursor = decodeCursor(encodeCursor(read.next)) ?? startingAt(0);
      if (read.complete) break;
    }
    expect(found).toEqual(["needle"]);
  });
});

test("a name of a stream says whose output it has", () => {
  expect(sourceOf(`${streamPrefix("web", 12)}/app/abc`)).toEqual({ process: "web", deployment_id: 12, task: "abc" });
  expect(sourceOf("something else")).toEqual({ process: "", deployment_id: null, task: "something else" });
});

test.each(["", "nonsense", "W10", btoa("[2,0,0,0,[],null,null]"), btoa('{"a":1}')])("%j is no cursor", (text) => {
  expect(decodeCursor(text)).toBeNull();
});
