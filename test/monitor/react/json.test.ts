import { expect, test } from "@jest/globals";
import type { LogLine } from "../../../packages/monitor/src/client/index.ts";
import { jsonOf } from "../../../packages/monitor/src/react/log/json.ts";

const line = (text: string): LogLine => ({ line: `${text}\n`, timestamp: "", stream: "stdout", cursor: 1 });

test("a line that is a JSON object is folded out, field by field", () => {
  expect(jsonOf(line('{"level":"info","http":{"status":200},"tags":["a"]}'))).toBe(
    '{\n  "level": "info",\n  "http": {\n    "status": 200\n  },\n  "tags": [\n    "a"\n  ]\n}',
  );
});

test("what is no JSON object stays a line", () => {
  for (const text of ["", "{}", "[1]", "3", '"x"', '{"a":1', 'GET / {"a":1}', "{a:1}", "null"])
    expect([text, jsonOf(line(text))]).toEqual([text, null]);
});

test("characters that were escaped stay harmless when they are written out", () => {
  const json = jsonOf(line('{"name":"a\\u202eb\\u0007c\\u001b[31m"}')) ?? "";
  expect(["\u202e", "\u0007", "\u001b"].filter((character) => json.includes(character))).toEqual([]);
});
