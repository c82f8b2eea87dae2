import { expect, test } from "@jest/globals";
import { envChanges, envLine, readEnv } from "@slipway/text/env-file";
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

test("two sets of variables differ by name", () => {
  expect(envChanges({ a: "1", b: "2", c: "3" }, { a: "1", b: "4", d: "5" })).toEqual([
    { name: "b", before: "2", after: "4" },
    { name: "c", before: "3", after: null },
    { name: "d", before: null, after: "5" },
  ]);
});
