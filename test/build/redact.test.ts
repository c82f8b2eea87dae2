import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { privateKeyFilter, redactor } from "../../lib/build/redact.ts";

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
