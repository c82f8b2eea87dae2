// the original: a reconnect replayed from byte 0 with duplicates, partial lines were lost
import { expect, test } from "@jest/globals";
import { append, emptyLog, type LogHead } from "../../lib/core/log/log.ts";

const lines = (...texts: string[]) =>
  texts.map((text) => ({ line: `${text}\n`, timestamp: "2026-01-01T00:00:00Z", stream: "stdout" as const }));

test("a batch that was stored but not acknowledged is sent again, and each line is stored once", () => {
  let head: LogHead = emptyLog;
  const stored: string[] = [];
  const send = (first: number, ...texts: string[]) => {
    const answer = append(head, "build#1", first, lines(...texts));
    if (answer.outcome !== "append") return answer.outcome;
    head = answer.chunk.head;
    stored.push(...answer.chunk.lines.map(({ line }) => line));
    return answer.outcome;
  };
  expect(send(1, "a", "b")).toBe("append");
  expect(send(1, "a", "b")).toBe("known");
  expect(send(2, "b", "c", "d")).toBe("append");
  expect(send(7, "g")).toBe("gap");
  expect(stored).toEqual(["a\n", "b\n", "c\n", "d\n"]);
});
