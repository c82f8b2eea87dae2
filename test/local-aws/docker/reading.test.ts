import { describe, expect, test } from "@jest/globals";
import { expand, nameValues } from "@slipway/local-aws/containers/docker/substitution";
import { parseIgnore } from "@slipway/text/docker-ignore";

describe("variables in a Dockerfile", () => {
  const values = new Map([
    ["A", "1"],
    ["EMPTY", ""],
  ]);
  const lookup = (name: string) => values.get(name);
  // Written with @ for the dollar sign, which means something to templates here.
  const text = (words: string) => words.replaceAll("@", "$");

  test.each([
    ["@A-@{A}", "1-1"],
    ["@{NONE:-x@{A}}", "x1"],
    ["@{EMPTY:-x}@{EMPTY-y}", "x"],
    ["@{A:+alt}@{NONE:+alt}", "alt"],
    ["'@A' \"@A b\" \\@A", "@A 1 b @A"],
    ["@NONE.", "."],
    ["100@", "100@"],
  ])("%s is %s", (words, value) => expect(expand(text(words), lookup)).toBe(text(value)));

  test("that must be set, or are written wrongly, are errors", () => {
    expect(() => expand(text("@{NONE:?is needed}"), lookup)).toThrow("NONE: is needed");
    expect(() => expand(text("@{A"), lookup)).toThrow("missing '}'");
    expect(() => expand(text("@{A!x}"), lookup)).toThrow("unsupported modifier (!)");
  });

  test("are set in pairs, or the old way", () => {
    expect(nameValues('A=1 B="2 3" C=4\\ 5')).toEqual([
      ["A", "1"],
      ["B", '"2 3"'],
      ["C", "4\\ 5"],
    ]);
    expect(nameValues("OLD a b")).toEqual([["OLD", "a b"]]);
    expect(nameValues("ALONE")).toEqual([["ALONE", undefined]]);
  });
});

describe("a .dockerignore", () => {
  test.each([
    ["node_modules", "node_modules/a/b", true],
    ["node_modules", "sub/node_modules/a", false],
    ["**/node_modules", "sub/node_modules/a", true],
    ["**/node_modules", "node_modules", true],
    ["*.md", "README.md", true],
    ["*.md", "docs/README.md", false],
    ["/docs/", "docs/x", true],
    ["a?c", "abc", true],
    ["a[b-d]e", "ace", true],
    ["*\n!keep", "keep/this", false],
    ["*\n!keep\nkeep/secret", "keep/secret", true],
    ["# a\n\na.b", "axb", false],
  ])("%j on %s: %s", (text, path, excluded) => expect(parseIgnore(text).excludes(path)).toBe(excluded));
});
