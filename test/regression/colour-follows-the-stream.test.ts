// the original: "0 failed" was shown as an error because the word matched
import { expect, test } from "@jest/globals";
import type { LogLine } from "@slipway/monitor/client";
import { createProgressView } from "slipway/terminal/progress";

function shown(text: string, stream: LogLine["stream"]): string {
  const written: string[] = [];
  const screen = { interactive: true, write: (more: string) => void written.push(more) };
  createProgressView(screen).show({
    deployment: null,
    lines: [{ line: `${text}\n`, stream, cursor: 1, timestamp: "2026-01-01T00:00:00.000Z" }],
    logExpired: false,
    connection: "connected",
    error: null,
  });
  return written.join("").trim();
}

test.each(["0 failed", "ERROR_PAGES=4 written", "no errors"])("%s, printed as output, has no colour", (text) => {
  expect(shown(text, "stdout")).toBe(text);
});

test("what was printed as an error has one, whatever its words", () => {
  expect(shown("all is well", "stderr")).not.toBe("all is well");
});
