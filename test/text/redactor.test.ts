import { describe, expect, test } from "@jest/globals";
import { colouredText, plainText as shown } from "@slipway/text/inert";
import { privateKeyFilter, redactor, streamRedaction } from "@slipway/text/redactor";
import { splitLong } from "@slipway/text/split";
import fc from "fast-check";
import { type Cut, lineAssembler } from "../../lib/build/reporter/text.ts";
import { longestReported } from "../../lib/core/limits.ts";

/** Without the brackets of the mark, so that a mark cannot be taken for a part of the secret. */
const secret = fc
  .string({ unit: "binary", minLength: 6, maxLength: 40 })
  .filter((value) => !/[[\]\r\n]/.test(value) && !"[redacted]".includes(value) && value.isWellFormed());
const anyText = fc.string({ unit: "binary", maxLength: 60 });
/** Words of which no shape is made: no secret's prefix, no URL with a password. */
const plainText = fc.stringMatching(/^[a-f ,.()\n\t]{0,200}$/);

const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  "as it is": (value) => value,
  "in base64": (value) => Buffer.from(value).toString("base64"),
  "in base64 for URLs": (value) => Buffer.from(value).toString("base64url"),
  "URL-encoded": encodeURIComponent,
  "as a JSON string": (value) => JSON.stringify(value).slice(1, -1),
};

describe("a secret value is never in the output", () => {
  for (const [how, encode] of Object.entries(ENCODINGS)) {
    test(how, () => {
      fc.assert(
        fc.property(fc.array(secret, { minLength: 1, maxLength: 5 }), anyText, anyText, (values, before, after) => {
          const redact = redactor(values);
          for (const value of values) expect(redact(`${before}${encode(value)}${after}`)).not.toContain(encode(value));
        }),
      );
    });
  }

  test("in the middle of a longer text that was encoded whole", () => {
    fc.assert(
      fc.property(secret, fc.integer({ min: 0, max: 5 }), (value, before) => {
        const encoded = Buffer.from(`${"u".repeat(before)}${value}and more`).toString("base64");
        const left = Buffer.from(redactor([value])(encoded).replaceAll("[redacted]", "????"), "base64").toString();
        expect(left).not.toContain(value);
      }),
    );
  });

  test("line by line, for a value of several lines", () => {
    const redact = redactor(["first-line-of-it\nsecond-line-of-it"]);
    expect(redact("has second-line-of-it inside\n")).toBe("has [redacted] inside\n");
  });

  test("the longest first, so that no tail is left of a value that begins like another", () => {
    expect(redactor(["secret", "secret-and-more"])("secret-and-more")).toBe("[redacted]");
  });
});

test("text without secrets is unchanged", () => {
  const redact = redactor(["not-in-the-text-ever"]);
  fc.assert(fc.property(plainText, (text) => expect(redact(text)).toBe(text)));
});

test("values of fewer than six characters are left alone: they are words of the text", () => {
  expect(redactor(["3000", "true", ""])("true: listening on 3000")).toBe("true: listening on 3000");
});

/** Put together here, so that no scanner takes this file for a leak. */
const x = (n: number): string => "aB3".repeat(n).slice(0, n);
const SHAPES: readonly (readonly [string, string, string])[] = [
  ["GitHub, classic", `token ghp_${x(36)} used`, "token [redacted] used"],
  ["GitHub, fine-grained", `github_pat_${x(22)}_${x(59)}`, "[redacted]"],
  ["GitHub App, signed", `token ghs_42_eyJ${x(30)}.eyJ${x(40)}.${x(60)} ends`, "token [redacted] ends"],
  ["GitHub App", `https://x-access-token:ghs_${x(36)}@github.com/a/b`, "https://[redacted]@github.com/a/b"],
  ["GitLab", `glpat-${x(20)}`, "[redacted]"],
  ["AWS key id", `AKIA${"ABCDEFGH23456789"}.`, "[redacted]."],
  ["AWS temporary key id", `key=ASIA${"ABCDEFGH23456789"}`, "key=[redacted]"],
  ["AWS secret", `aws_secret_access_key = ${x(40)}`, "aws_secret_access_key = [redacted]"],
  ["Slack", `xoxb-${x(24)}`, "[redacted]"],
  ["Stripe", `sk_live_${x(24)}`, "[redacted]"],
  ["npm", `//registry/:_authToken=npm_${x(36)}`, "//registry/:_authToken=[redacted]"],
  ["JWT", `eyJ${x(20)}.eyJ${x(30)}.${x(43)} ok`, "[redacted] ok"],
  [
    "private key on one line",
    `k="-----BEGIN RSA PRIVATE KEY-----\\n${x(64)}\\n-----END RSA PRIVATE KEY-----"`,
    'k="[redacted]"',
  ],
  ["bearer token", `Authorization: Bearer ${x(20)}`, "Authorization: Bearer [redacted]"],
  ["password in a URL", "postgres://app:p@ss@db:5432/app?x=a@b", "postgres://[redacted]@db:5432/app?x=a@b"],
];

test.each(SHAPES)("recognises by its shape: %s", (_name, text, expected) => {
  expect(redactor([])(`${text}\n`)).toBe(`${expected}\n`);
});

test.each([
  ["a digest", `sha256:${"0123456789abcdef".repeat(4)}`],
  ["a URL with a port", "http://localhost:3000/path?mail=a@b.example"],
  ["a mail address", "mail someone@example.org"],
  ["a module's name", "npm_config_registry and sk_live_ and ghp_short"],
])("does not take for a token: %s", (_name, text) => {
  expect(redactor([])(text)).toBe(text);
});

test.each([
  ["words", "the quick brown fox "],
  ["beginnings of a JWT", "eyJ"],
  ["parts of a JWT", ".eyJaaaaaaaaaa"],
  ["beginnings of URLs", "://a:"],
  ["passwords", "://a:b@"],
  ["headers", "Authorization: Bearer "],
  ["beginnings of keys", "-----BEGIN PRIVATE KEY-----"],
])("does not slow down on 16 KB of %s", (_name, unit) => {
  const line = unit.repeat(Math.ceil(16_384 / unit.length));
  const redact = redactor(Array.from({ length: 30 }, (_, n) => `secret-value-number-${n}`));
  const times = Array.from({ length: 20 }, () => {
    const start = performance.now();
    redact(line);
    return performance.now() - start;
  });
  // The best of many, since the machine has other things to do; a quadratic pattern takes hundreds of milliseconds.
  expect(Math.min(...times)).toBeLessThan(5);
});

test("a private key over several lines is hidden from its first line to its last", () => {
  const hide = privateKeyFilter();
  const redact = redactor([]);
  const lines = ["a", "-----BEGIN PRIVATE KEY-----", x(64), x(20), "-----END PRIVATE KEY-----", "b"];
  expect(lines.map((line) => redact(hide(line)))).toEqual(["a", ...Array(4).fill("[redacted]"), "b"]);
});

test("the header of a key without an end hides no more than a key's length", () => {
  const hide = privateKeyFilter();
  hide("-----BEGIN PRIVATE KEY-----");
  const after = Array.from({ length: 300 }, (_, n) => hide(`line ${n}`));
  expect(after.at(-1)).toBe("line 299");
});

describe("a secret is not seen in what is stored", () => {
  const letters = fc.stringMatching(/^[A-Za-z0-9+/_.~-]{6,60}$/).filter((value) => !"[redacted]".includes(value));
  const colour = fc.constantFrom(
    "\u001b[31m",
    "\u001b[0m",
    "\u001b[1;38;5;208m",
    "\u001b[m",
    "\u001b[2K",
    "\u200b",
    "\u0000",
  );
  const words = fc.stringMatching(/^[ .,:;=()]{0,40}$/);
  /** The same, with colours and what nobody sees at any of its places. */
  const dressed = (text: string): fc.Arbitrary<string> =>
    fc
      .array(fc.tuple(fc.nat(text.length), colour), { maxLength: 12 })
      .map((put) =>
        [...text, ""]
          .map((character, at) => put.map(([to, what]) => (to === at ? what : "")).join("") + character)
          .join(""),
      );

  /** No stretch of it is left that is longer than half of it, and of eight characters or more. */
  const expectHidden = (value: string, stored: string): void => {
    const length = Math.max(8, Math.floor(value.length / 2) + 1);
    for (let from = 0; from + length <= value.length; from++)
      expect({ value, stored, shows: stored.includes(value.slice(from, from + length)) }).toMatchObject({
        shows: false,
      });
    expect(stored).not.toContain(value);
  };

  /** What becomes of bytes on the way from docker to the log: cut, redacted, made inert, split, and joined again by a reader. */
  function stored(values: readonly string[], chunks: readonly Uint8Array[], cut: Cut, longest: number): string[] {
    const redact = redactor(values);
    const assembler = lineAssembler(cut);
    const pieces = [...chunks.flatMap((chunk) => assembler.push(chunk)), ...assembler.end()];
    return pieces.flatMap(({ text, ...around }) => splitLong(colouredText(redact(text, around)), longest));
  }

  test("however it is coloured, cut into chunks, written over, and wherever it stands in a line of any length", () => {
    const scene = letters.chain((value) =>
      fc.record({
        value: fc.constant(value),
        text: fc
          .tuple(words, dressed(value), words, fc.constantFrom("", "\r", "é\r", "\n"))
          .map((parts) => parts.join("")),
        over: fc.nat(value.length),
        cuts: fc.array(fc.nat(), { maxLength: 8 }),
        longest: fc.integer({ min: 30, max: 120 }),
        line: fc.integer({ min: 8, max: 60 }),
      }),
    );
    fc.assert(
      fc.property(scene, ({ value, text, over, cuts, longest, line }) => {
        const bytes = Buffer.from(`${text}${value.slice(0, over)}\r${value.slice(over)} end`);
        const places = [0, ...cuts.map((at) => at % bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((to, index) => bytes.subarray(places[index], to));
        const lines = stored([value], chunks, { longest, around: 200 }, line);
        expectHidden(value, lines.map(shown).join(""));
      }),
      { numRuns: 1500 },
    );
  });

  test("colours that stood within it go on after it", () => {
    expect(redactor(["top-secret"])("a top-\u001b[31msecret b")).toBe("a [redacted]\u001b[31m b");
  });

  test("a token is known by its shape between colours, and across them", () => {
    const redact = redactor([]);
    expect(shown(redact(`key\u001b[31mAKIA${"ABCDEFGH23456789"}\u001b[0m.`))).toBe("key[redacted].");
    expect(shown(redact(`ghp_${x(10)}\u001b[1m${x(26)}`))).toBe("[redacted]");
  });

  test("occurrences that overlap each other are hidden together", () => {
    expectHidden("ab".repeat(12), redactor(["ab".repeat(12)])("ab".repeat(23)));
  });

  test("each line of a value of several lines, however long it is", () => {
    const key = ["-----BEGIN PRIVATE KEY-----", x(64), x(64), "x".repeat(20), "-----END PRIVATE KEY-----"].join("\n");
    const redact = redactor([key]);
    for (const line of key.split("\n")) expect(redact(`  ${line}`)).toBe("  [redacted]");
  });

  test("16 MB without an end are taken in pieces, each of bounded size, and the secret at every border is hidden", () => {
    const value = "the-value-of-a-secret";
    const assembler = lineAssembler(longestReported);
    const redact = redactor([value]);
    const chunk = Buffer.from(`${value}${"x".repeat(65_536 - value.length - 5)}`);
    let total = 0;
    for (let sent = 0; sent < 256; sent++) {
      for (const { text, before, after } of assembler.push(chunk)) {
        total += text.length;
        expect(text.length + (before ?? "").length + (after ?? "").length).toBeLessThanOrEqual(200_000);
        expect(redact(text, { before, after })).not.toMatch(/of-a-secret|the-value-of/);
      }
    }
    expect(total).toBeGreaterThan(16_000_000);
  });
});

describe("of a secret that was cut in two, no part is shown", () => {
  const value = "correct-horse-battery-staple";
  const { alone } = streamRedaction([value]);
  const cuts = Array.from({ length: value.length - 1 }, (_, index) => index + 1);

  test.each(cuts)("after %i of its characters", (at) => {
    const head = alone(`before ${value.slice(0, at)}`, { start: false, end: true });
    const tail = alone(`${value.slice(at)} after`, { start: true, end: false });
    expect(head).toBe(at < 4 ? `before ${value.slice(0, at)}` : "before [redacted]");
    expect(tail).toBe(value.length - at < 4 ? `${value.slice(at)} after` : "[redacted] after");
  });

  test("also with colours in it", () => {
    const cut = { start: true, end: true };
    expect(shown(alone(`battery\u001b[31m-sta\u001b[0mple and correct\u001b[31m-ho`, cut))).toBe(
      "[redacted] and [redacted]",
    );
  });

  test("a line that was not cut keeps its words", () => {
    expect(alone("staple: found; looking for correct")).toBe("staple: found; looking for correct");
  });
});
