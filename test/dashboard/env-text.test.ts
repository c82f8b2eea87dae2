// A pasted .env file: what is read of it, and what it does to the variables that are there.
import { expect, test } from "@jest/globals";
import { readEnv } from "@slipway/text/env-file";
import fc from "fast-check";
import { changesOf, withEnv, withSecrets } from "../../lib/dashboard/apps/form/env-text.ts";

const rows = [
  { key: 0, name: "PORT", value: "3000" },
  { key: 1, name: "KEPT", value: "yes" },
];

test.each([
  ["A=1", { A: "1" }],
  ["export A = 1 # a comment\n# B=2\n\nC=", { A: "1", C: "" }],
  ['A="two\nlines" \nB="a \\"quote\\" and\\n"', { A: "two\nlines", B: 'a "quote" and\n' }],
  ["A='#no comment'\nB=a#b", { A: "#no comment", B: "a#b" }],
  ["A=1\r\nA=2\r\n", { A: "2" }],
  ["URL=postgres://u:p@host/db?x=1", { URL: "postgres://u:p@host/db?x=1" }],
  ["nothing here\n1A=2", {}],
])("%j is read as it was meant", (text, variables) => expect(Object.fromEntries(readEnv(text))).toEqual(variables));

test("whatever is written in double quotes is read back", () => {
  const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/);
  fc.assert(
    fc.property(fc.dictionary(name, fc.string()), (variables) => {
      const lines = Object.entries(variables).map(
        ([name, value]) => `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
      );
      expect(Object.fromEntries(readEnv(lines.join("\n")))).toEqual(variables);
    }),
  );
});

test("the preview distinguishes what is added, changed and as it was; what the file does not name stays", () => {
  const changes = changesOf({ env: rows, secrets: [] }, "PORT=4000\nKEPT=yes\nNEW=1", new Set());
  expect(changes).toEqual([
    { name: "PORT", before: "3000", value: "4000", change: "changed", isSecret: false },
    { name: "KEPT", before: "yes", value: "yes", change: "unchanged", isSecret: false },
    { name: "NEW", before: null, value: "1", change: "added", isSecret: false },
  ]);
  expect(withEnv(rows, changes)).toEqual([
    { key: 0, name: "PORT", value: "4000" },
    { key: 1, name: "KEPT", value: "yes" },
    { key: 2, name: "NEW", value: "1" },
  ]);
});

test("a stored secret is replaced and never becomes a variable; a new name becomes one if that is wanted", () => {
  const secrets = [
    { key: 0, name: "API_KEY", value: "", state: "kept" as const },
    { key: 1, name: "OTHER", value: "", state: "kept" as const },
  ];
  const changes = changesOf({ env: rows, secrets }, "API_KEY=new\nTOKEN=t\nPORT=4000", new Set(["TOKEN", "PORT"]));
  expect(withEnv(rows, changes)).toEqual([
    { key: 0, name: "PORT", value: "4000" },
    { key: 1, name: "KEPT", value: "yes" },
  ]);
  expect(withSecrets(secrets, changes)).toEqual([
    { key: 0, name: "API_KEY", value: "new", state: "replaced" },
    { key: 1, name: "OTHER", value: "", state: "kept" },
    { key: 2, name: "TOKEN", value: "t", state: "new" },
  ]);
});
