import { describe, expect, test } from "@jest/globals";
import {
  append,
  close,
  emptyLog,
  type LogChunk,
  type LogHead,
  type LogLine,
  type NumberedLine,
  sealLog,
} from "../../lib/core/log/log.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

const line = (text: string): LogLine => ({
  line: `${text}\n`,
  timestamp: "2026-01-01T00:00:00.000Z",
  stream: "stdout",
});
const numbered = (from: number, to: number): LogLine[] =>
  Array.from({ length: to - from + 1 }, (_, index) => line(`line ${from + index}`));

/** The chunk that appends lines of the one writer `w`, who has written `head.cursor` of them. */
function chunkOf(head: LogHead, lines: readonly LogLine[]): LogChunk {
  const appended = append(head, "w", (head.written.w ?? 0) + 1, lines);
  if (appended.outcome !== "append") throw new Error(`The lines are not appended: ${appended.outcome}`);
  return appended.chunk;
}

/** What every {@link LogStore} promises. */
export function logContract(ports: PortOf<"log">): void {
  describe("log", () => {
    const put = async (id: number, chunk: LogChunk): Promise<LogHead> => {
      expect(await ports().log.put(id, chunk)).toBe(true);
      return chunk.head;
    };
    /** Lines 1 to 10 in chunks of 3, 4 and 3. */
    const tenLines = async (id: number): Promise<LogHead> => {
      const first = await put(id, chunkOf(emptyLog, numbered(1, 3)));
      const second = await put(id, chunkOf(first, numbered(4, 7)));
      return put(id, chunkOf(second, numbered(8, 10)));
    };
    const texts = (lines: readonly NumberedLine[]) => lines.map((one) => one.line.trim());
    const seal = (head: LogHead): LogChunk => sealLog(head) ?? { first: 0, lines: [], head };

    test("a log that nobody wrote to is empty and open", async () => {
      const id = freshId();
      expect(await ports().log.head(id)).toEqual(emptyLog);
      expect(await ports().log.read(id, 0, 10)).toEqual({ lines: [], next: 0, more: false, complete: false });
      expect(await ports().log.read(id, 17, 10)).toEqual({ lines: [], next: 17, more: false, complete: false });
    });

    test("of several who append after the same head one succeeds, and its lines stand", async () => {
      const id = freshId();
      const tries = await atOnce(5, (index) => ports().log.put(id, chunkOf(emptyLog, [line(`writer ${index}`)])));
      expect(tries.filter(Boolean)).toHaveLength(1);
      expect(texts((await ports().log.read(id, 0, 10)).lines)).toEqual([`writer ${tries.indexOf(true)}`]);
      expect(await ports().log.head(id)).toMatchObject({ cursor: 1, next: 2, written: { w: 1 } });
    });

    test("from every cursor, in the middle of a chunk too, exactly the rest is read", async () => {
      const id = freshId();
      await tenLines(id);
      for (let after = 0; after <= 12; after++) {
        const page = await ports().log.read(id, after, 100);
        const expected = after < 10 ? numbered(after + 1, 10).map((one) => one.line.trim()) : [];
        expect(texts(page.lines)).toEqual(expected);
        expect(page).toMatchObject({ next: Math.max(after, 10), more: false, complete: false });
      }
    });

    test("a line is read as it was written, with its cursor", async () => {
      const id = freshId();
      const line: LogLine = {
        line: 'ä"\\\u0000 ✓ \u001b[31m\n',
        timestamp: "2026-01-01T00:00:00.123Z",
        stream: "stderr",
      };
      await put(id, chunkOf(emptyLog, [line]));
      expect((await ports().log.read(id, 0, 1)).lines).toEqual([{ ...line, cursor: 1 }]);
    });

    test("pages follow each other without a gap or a repeat, whatever their size", async () => {
      const id = freshId();
      await tenLines(id);
      for (const limit of [1, 2, 3, 4, 9, 10]) {
        const seen: NumberedLine[] = [];
        let more = true;
        for (let after = 0; more; after = seen.at(-1)?.cursor ?? 0) {
          const page = await ports().log.read(id, after, limit);
          expect(page.lines.length).toBeGreaterThan(0);
          expect(page.lines.length).toBeLessThanOrEqual(limit);
          expect(page.next).toBe(page.lines.at(-1)?.cursor);
          seen.push(...page.lines);
          more = page.more;
        }
        expect(seen.map(({ cursor }) => cursor)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      }
    });

    test("reading is complete only at the end of a sealed log", async () => {
      const id = freshId();
      const head = await tenLines(id);
      expect((await ports().log.read(id, 0, 100)).complete).toBe(false);
      await put(id, seal(head));
      expect(await ports().log.head(id)).toMatchObject({ sealed: true, cursor: 10 });
      expect(await ports().log.read(id, 0, 3)).toMatchObject({ complete: false, more: true });
      expect(await ports().log.read(id, 0, 100)).toMatchObject({ complete: true, more: false, next: 10 });
      expect(await ports().log.read(id, 10, 100)).toMatchObject({ complete: true, lines: [], next: 10 });
    });

    test("a log that was sealed empty is complete at once", async () => {
      const id = freshId();
      await put(id, seal(emptyLog));
      expect(await ports().log.read(id, 0, 100)).toEqual({ lines: [], next: 0, more: false, complete: true });
    });

    test("chunks without lines are passed over, however many lie in between", async () => {
      const id = freshId();
      let head = await put(id, chunkOf(emptyLog, numbered(1, 2)));
      for (const writer of ["a", "b", "c", "d", "e"]) head = await put(id, close(head, writer) ?? seal(head));
      head = await put(id, chunkOf(head, [line("after the gap")]));
      await put(id, seal(head));
      const seen: string[] = [];
      let page = await ports().log.read(id, 0, 1);
      for (let pages = 0; pages < 20; pages++) {
        seen.push(...texts(page.lines));
        if (page.complete) break;
        page = await ports().log.read(id, page.next, 1);
      }
      expect(seen).toEqual(["line 1", "line 2", "after the gap"]);
      expect(page.complete).toBe(true);
    });

    test("10,000 lines are read completely and in order", async () => {
      const id = freshId();
      let head: LogHead = emptyLog;
      for (let from = 1; from <= 10_000; from += 250) head = await put(id, chunkOf(head, numbered(from, from + 249)));
      await put(id, seal(head));
      const seen: NumberedLine[] = [];
      for (let complete = false; !complete; ) {
        const page = await ports().log.read(id, seen.at(-1)?.cursor ?? 0, 1000);
        seen.push(...page.lines);
        complete = page.complete;
      }
      expect(texts(seen)).toEqual(numbered(1, 10_000).map((one) => one.line.trim()));
    });

    test("logs of different deployments do not mix", async () => {
      const [one, two] = [freshId(), freshId()];
      await put(one, chunkOf(emptyLog, [line("one")]));
      expect(await ports().log.head(two)).toEqual(emptyLog);
      await put(two, chunkOf(emptyLog, [line("two")]));
      expect(texts((await ports().log.read(one, 0, 10)).lines)).toEqual(["one"]);
    });
  });
}
