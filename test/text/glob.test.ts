import { describe, expect, test } from "@jest/globals";
import { compileGlob, OutOfWork } from "@slipway/text/glob";
import fc from "fast-check";
import picomatch from "picomatch";

const plenty = { left: Number.POSITIVE_INFINITY };
const fits = (glob: string, path: string): boolean => compileGlob(glob).matches(path, plenty);

/** Patterns as people write them, of what this syntax shares with picomatch. */
const name = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("a", "b", "c", ".", "-", "ab") },
      { weight: 2, arbitrary: fc.constantFrom("*", "?") },
      { weight: 1, arbitrary: fc.constantFrom("[ab]", "[^a]", "[a-c]", "{a,b}", "{ab,c,.}", "{a,{b,ca}}", "\\*") },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join("").replaceAll(/\*{2,}/g, "*"))
  // A name of dots alone is no file's.
  .filter((text) => !/^\.+$/.test(text));
const sane = fc
  .array(fc.oneof({ weight: 3, arbitrary: name }, { weight: 1, arbitrary: fc.constant("**") }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join("/").replaceAll(/(\*\*\/)+\*\*/g, "**"));
const path = fc
  .array(
    fc.stringMatching(/^[.]?[abc*-][abc.*-]?[abc*-]?$/).filter((text) => !text.endsWith(".")),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join("/"));

test("a sane pattern means what it means to picomatch", () => {
  const matched = { yes: 0, no: 0 };
  fc.assert(
    fc.property(sane, path, (glob, file) => {
      const expected = picomatch(glob, { dot: true, nonegate: true })(file);
      matched[expected ? "yes" : "no"] += 1;
      expect({ glob, file, fits: fits(glob, file) }).toEqual({ glob, file, fits: expected });
    }),
    { numRuns: 5000 },
  );
  expect(matched.yes).toBeGreaterThan(100);
});

describe("what the syntax says", () => {
  test.each([
    ["**.md", "docs/a/b.md", true],
    ["docs**", "docs/a", true],
    ["docs/**", "docs", true],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a/**/b", "a/xb", false],
    ["app/(shop)/**", "app/(shop)/page.tsx", true],
    ["app/[[]id]/**", "app/[id]/page.tsx", true],
    ["app/\\[id\\]/**", "app/[id]/page.tsx", true],
    ["[!a]x", "bx", true],
    ["[!a]x", "ax", false],
    ["[!a]x", "/x", false],
    ["[]a]", "]", true],
    ["[", "[", true],
    ["{a}", "{a}", true],
    ["{a,b", "{a,b", true],
    ["a{,.b}", "a.b", true],
    ["??", "🚢a", true],
    ["./web/*", "web/x", true],
    ["a+b|c^$", "a+b|c^$", true],
  ])("%s and %s: %s", (glob, file, expected) => expect(fits(glob, file)).toBe(expected));

  test.each(["+(a|b)", "x/!(a)", "*(a)b", "{1..3}", "{a..z}", `${"{a,".repeat(30)}${"}".repeat(30)}`])(
    "what only other globs have is refused: %s",
    (glob) => expect(() => compileGlob(glob)).toThrow(/supported|deep/),
  );

  test("whatever the pattern is, it is read or refused, and never throws anything else", () => {
    const soup = fc.array(
      fc.constantFrom("*", "**", "?", "[", "]", "{", "}", ",", "\\", "/", "!", "a", "^", "-", ".."),
    );
    fc.assert(
      fc.property(soup, path, (parts, file) => {
        try {
          fits(parts.join(""), file);
        } catch (error) {
          expect(error).toMatchObject({ name: "GlobSyntaxError" });
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe("a path costs its length times the pattern's at most", () => {
  const letters = "a".repeat(4000);
  test.each([
    [`${"*a".repeat(240)}*b*`, letters],
    ["**/a*".repeat(90), "a/".repeat(2000)],
    [`${"{a,aa}".repeat(80)}*b*`, letters],
    [`${"{*,**,?}".repeat(60)}b*`, letters],
    [`${"{a*,".repeat(18)}b${"}".repeat(18)}*c*`, letters],
    [`${"[!b]*".repeat(95)}b?`, letters],
  ])("%s", (glob, file) => {
    const work = { left: 1e9 };
    compileGlob(glob).matches(file, work);
    // An automaton has two places a character of its pattern at most.
    expect(1e9 - work.left).toBeLessThan(3 * file.length * (2 * glob.length + 2));
  });

  test("and is given up when the work is used up", () => {
    const glob = compileGlob(`${"*a".repeat(240)}*b*`);
    expect(() => glob.matches(letters, { left: 10_000 })).toThrow(OutOfWork);
  });
});
