import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { append, close, emptyLog, type LogChunk, type LogHead, sealLog } from "../../lib/core/log/log.ts";

const writers = ["build#1", "build#2", "slipway"];
const writer = fc.constantFrom(...writers);
const move = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("append" as const),
      writer,
      /** Where the batch begins, as seen from what is stored: before it (a repeat), at its end, or after a gap. */
      offset: fc.integer({ min: -6, max: 2 }),
      count: fc.integer({ min: 0, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("close" as const), writer }) },
);

const lineOf = (of: string, number: number) => ({
  line: `${of} ${number}\n`,
  timestamp: "2026-01-01T00:00:00.000Z",
  stream: "stdout" as const,
});

/** A log with all its chunks, and what was accepted of each writer. */
class Book {
  head: LogHead = emptyLog;
  readonly chunks: LogChunk[] = [];
  readonly accepted = new Map<string, number>(writers.map((name) => [name, 0]));

  put(chunk: LogChunk | null): void {
    if (chunk === null) return;
    expect(chunk.first).toBe(this.head.next);
    this.chunks.push(chunk);
    this.head = chunk.head;
  }

  append(name: string, offset: number, count: number): void {
    const stored = this.accepted.get(name) ?? 0;
    const first = Math.max(1, stored + 1 + offset);
    const lines = Array.from({ length: count }, (_, index) => lineOf(name, first + index));
    const isRefused = this.head.sealed || this.head.closed.includes(name);
    const last = first + count - 1;
    const done = append(this.head, name, first, lines);
    if (count === 0 || last <= stored) {
      expect(done).toEqual({ outcome: "known", next: stored + 1 });
      return;
    }
    if (isRefused) {
      expect(done).toEqual({ outcome: "closed" });
      return;
    }
    if (first > stored + 1) {
      expect(done).toEqual({ outcome: "gap", next: stored + 1 });
      return;
    }
    if (done.outcome !== "append") throw new Error(`Refused: ${done.outcome}`);
    this.put(done.chunk);
    this.accepted.set(name, last);
    expect(append(this.head, name, first, lines).outcome).toBe("known");
  }

  numbered() {
    return this.chunks.flatMap(({ first, lines }) => lines.map((line, index) => ({ ...line, cursor: first + index })));
  }

  check(): void {
    const all = this.numbered();
    const cursors = all.map(({ cursor }) => cursor);
    expect(cursors).toEqual([...new Set(cursors)].sort((a, b) => a - b));
    expect(this.head.cursor).toBe(cursors.at(-1) ?? 0);
    for (const [name, count] of this.accepted) {
      const printed = all.map(({ line }) => line).filter((line) => line.startsWith(`${name} `));
      expect(printed).toEqual(Array.from({ length: count }, (_, index) => `${name} ${index + 1}\n`));
    }
  }
}

test("whatever is repeated, overlaps, is missing or late: each writer's lines are there once, in order, and nothing after the seal", () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), fc.integer({ min: 0, max: 60 }), (moves, sealedAt) => {
      const book = new Book();
      moves.forEach((made, index) => {
        if (index === sealedAt) book.put(sealLog(book.head));
        if (made.type === "append") book.append(made.writer, made.offset, made.count);
        else book.put(close(book.head, made.writer));
        expect(book.head.sealed).toBe(index >= sealedAt);
      });
      book.check();
    }),
  );
});
