import { expect, test } from "@jest/globals";
import { envChanges, envLine, readEnv, unreadEnvLines } from "@slipway/text/env-file";
import fc from "fast-check";

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/);

test("what is written as a line of a .env file is read back", () => {
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ unit: "grapheme" })), (values) => {
      const text = Object.entries(values)
        .map(([variable, value]) => envLine(variable, value))
        .join("\n");
      expect(Object.fromEntries(readEnv(text))).toEqual({ ...values });
    }),
  );
});

test("a line that is neither a variable nor a comment is named by its number", () => {
  const text = '# comment\nA=1\nbad line\nB="two\nlines" # rest\n\n  export C=3\r\n=nothing\r\n';
  expect(unreadEnvLines(text)).toEqual([3, 8]);
  expect(unreadEnvLines('A="1" # said here\nB=2')).toEqual([]);
});

test("two sets of variables differ by name", () => {
  expect(envChanges({ a: "1", b: "2", c: "3" }, { a: "1", b: "4", d: "5" })).toEqual([
    { name: "b", before: "2", after: "4" },
    { name: "c", before: "3", after: null },
    { name: "d", before: null, after: "5" },
  ]);
});
