import { describe, expect, test } from "@jest/globals";
import { append, close, emptyLog, type LogChunk, type LogHead, sealLog } from "../../lib/core/log/log.ts";
import type { Watched } from "../../lib/core/ports/sockets.ts";
import { connectionSchema, noMark, type PumpMark } from "../../lib/core/sockets/connection.ts";
import { toTimestamp } from "../../lib/core/time.ts";
import { someDeployment } from "../support/deployments.ts";
import { freshId, type PortOf } from "./ports.ts";

const viewer = (connection_id: string) =>
  connectionSchema.parse({
    ...{ connection_id, after: 0, batch: true, live: true, snapshot_sent: true, principal: "ada" },
    connected_at: toTimestamp(Date.now()),
  });

const textsOf = ({ page }: Watched): string[] => page.lines.map(({ line }) => line.trim());

/** What every {@link WatchedDeployments} promises. */
export function watchedContract(ports: PortOf<"watched" | "deployments" | "connections" | "log">): void {
  describe("watched deployments", () => {
    const put = async (id: number, chunk: LogChunk): Promise<LogHead> => {
      expect(await ports().log.put(id, chunk)).toBe(true);
      return chunk.head;
    };
    const write = async (id: number, head: LogHead, texts: readonly string[]): Promise<LogHead> => {
      const lines = texts.map((text) => ({
        line: `${text}\n`,
        timestamp: "2026-01-01T00:00:00.000Z",
        stream: "stdout" as const,
      }));
      const appended = append(head, "w", (head.written.w ?? 0) + 1, lines);
      if (appended.outcome !== "append") throw new Error(`The lines are not appended: ${appended.outcome}`);
      return put(id, appended.chunk);
    };
    const read = async (id: number, limit = 1000): Promise<Watched> => {
      const watched = await ports().watched.read(id, limit);
      if (watched === null) throw new Error("There is no such deployment.");
      return watched;
    };
    /** As the pump does when all of a page was sent. */
    const advance = async (id: number, { mark, page }: Watched): Promise<PumpMark> => {
      const next = { ...mark, cursor: page.next };
      await ports().connections.advance(id, next);
      return next;
    };
    const created = async (): Promise<number> => {
      const id = freshId();
      await ports().deployments.create(someDeployment({ id }));
      return id;
    };

    test("a deployment that does not exist is not read", async () => {
      expect(await ports().watched.read(freshId(), 10)).toBeNull();
    });

    test("the row, the mark, the viewers and the lines after the mark are as they are now, each time anew", async () => {
      const id = await created();
      expect(await read(id)).toMatchObject({ row: { id, version: 1 }, mark: noMark, connections: [] });
      let head = await write(id, emptyLog, ["one", "two"]);
      await ports().connections.add(id, viewer("a="));
      const first = await read(id);
      expect(textsOf(first)).toEqual(["one", "two"]);
      expect(first.connections).toEqual([viewer("a=")].map((one) => ({ ...one, connected_at: expect.any(String) })));
      const mark = await advance(id, first);
      expect(await read(id)).toMatchObject({ mark, page: { lines: [], next: 2, more: false, complete: false } });
      head = await write(id, head, ["three"]);
      const row = someDeployment({ id, version: 2, progress: 7 });
      await ports().deployments.replace(row);
      await ports().connections.remove(id, "a=");
      const second = await read(id);
      expect(textsOf(second)).toEqual(["three"]);
      expect(second).toMatchObject({ row: { version: 2, progress: 7 }, connections: [] });
      await advance(id, second);
      await write(id, head, ["four"]);
      expect(textsOf(await read(id))).toEqual(["four"]);
    });

    test("what was read but not marked is read again, and a mark that somebody else moved counts", async () => {
      const id = await created();
      let head = await write(id, emptyLog, ["one"]);
      await advance(id, await read(id));
      head = await write(id, head, ["two"]);
      expect(textsOf(await read(id))).toEqual(["two"]);
      head = await write(id, head, ["three"]);
      expect(textsOf(await read(id))).toEqual(["two", "three"]);
      await ports().connections.advance(id, { ...noMark, cursor: 3 });
      expect(textsOf(await read(id))).toEqual([]);
      await ports().connections.advance(id, { ...noMark, cursor: 1 });
      expect(textsOf(await read(id))).toEqual(["two", "three"]);
      await write(id, head, ["four"]);
      expect(textsOf(await read(id))).toEqual(["two", "three", "four"]);
    });

    test("a mark within a chunk is followed by the rest of it", async () => {
      const id = await created();
      const head = await write(id, emptyLog, ["one", "two", "three"]);
      await ports().connections.advance(id, { ...noMark, cursor: 2 });
      const first = await read(id);
      expect(textsOf(first)).toEqual(["three"]);
      await advance(id, first);
      await write(id, head, ["four"]);
      expect(textsOf(await read(id))).toEqual(["four"]);
    });

    test("chunks without lines are passed over, and the end of the log is known", async () => {
      const id = await created();
      let head = await write(id, emptyLog, ["one"]);
      await advance(id, await read(id));
      for (const writer of ["a", "b"]) {
        const chunk = close(head, writer);
        if (chunk !== null) head = await put(id, chunk);
        expect(textsOf(await read(id))).toEqual([]);
      }
      head = await write(id, head, ["two"]);
      await advance(id, await read(id));
      const end = sealLog(head);
      if (end !== null) await put(id, end);
      expect(await read(id)).toMatchObject({ page: { lines: [], complete: true, more: false } });
    });

    test("a long log is read in pages, however far behind the mark is, without a gap or a repeat", async () => {
      const id = await created();
      await advance(id, await read(id));
      let head = emptyLog;
      const all = Array.from({ length: 3000 }, (_, n) => `line ${n}`);
      for (let from = 0; from < all.length; from += 37) head = await write(id, head, all.slice(from, from + 37));
      const seen: string[] = [];
      for (let more = true; more; ) {
        const watched = await read(id, 250);
        seen.push(...textsOf(watched));
        await advance(id, watched);
        more = watched.page.more;
      }
      expect(seen).toEqual(all);
    });
  });
}
