import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "@jest/globals";
import { parseSync } from "@swc/core";
import { lastProgress } from "./worker-progress.ts";

const root = resolve(import.meta.dirname, "../..");

/** So long that going through it again for each of its characters takes far longer than the time-out below, and once takes less than a millisecond. */
const length = 100_000;
/** For one attack. */
const limitMs = 10_000;

/**
 * Expressions that may go through a text more than once, each with why that does no harm. Nothing else may: an expression that
 * begins anywhere and then takes any number of characters of one kind before something that may be missing goes through them again
 * from each of them.
 */
const bounded: Readonly<Record<string, string>> = {
  "\\\\([\\s\\S])|\\*\\*\\/|\\*\\*|\\*|\\?|\\[([^\\]]*)\\]|[\\s\\S]":
    "of a pattern up to its last bracket, which each one before it finds",
  "-+$": "of a name that was cut to 63 characters",
  "^\\s*import\\s+cf\\s+from\\s+[\"']cloudfront[\"'];?": "of the code of the template's own edge functions",
};

interface Found {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** Every literal in what runs, and those that are made of strings alone. */
function expressions(): Found[] {
  const files = ["lib", "functions", "packages", "bin"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(?:ts|tsx|mjs)$/.test(name))
      .map((name) => join(root, folder, name)),
  );
  return files.flatMap((file) => {
    const program = parseSync(readFileSync(file, "utf8"), { syntax: "typescript", tsx: file.endsWith("x") });
    const found: Found[] = [];
    JSON.stringify(program, (_key, node) => {
      if (node?.type === "RegExpLiteral")
        found.push({ file: relative(root, file), source: node.pattern, flags: node.flags });
      return node;
    });
    return found;
  });
}

/** Characters and words that the expression speaks of: what it may begin to match, again and again. */
function units(source: string): string[] {
  const plain = source
    .replace(/\(\?(?:[:=!]|<[=!]|<\w+>)/g, "(")
    .replace(/\\u\{?([0-9a-fA-F]{4,5})\}?/g, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/\\x([0-9a-fA-F]{2})/g, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/\\[pP]\{[^}]*\}/g, "a")
    .replace(/\\([sdwnrtbBSDW0])/g, (_, kind) => samples[kind] ?? "")
    .replace(/\{\d+(?:,\d*)?\}/g, "");
  const characters = [...new Set([...plain.replace(/\\(.)/g, "$1")])].filter((one) => !"()*+?|^$".includes(one));
  const words = plain.split(/[()|*+?[\]^$]|\\(?=\W)/).filter((word) => word.length > 1);
  return [...new Set([...characters, ...words, words.join(""), " ", "a", "0", "/", ".", "\r", "\t"])].filter(Boolean);
}
const samples: Readonly<Record<string, string>> = {
  s: " ",
  d: "0",
  w: "a",
  n: "\n",
  r: "\r",
  t: "\t",
  S: "a",
  D: "a",
  W: " ",
  0: "\0",
};

/** Plain text that the expression begins with. */
const begins = (source: string): string =>
  /^\^?((?:[\w :/<"=.-]|\\[./\-[\]()])*)/.exec(source)?.[1]?.replaceAll("\\", "") ?? "";

interface Slow {
  readonly file: string;
  readonly source: string;
  readonly unit: string;
}

/** The expressions on which an attack does not end in time. */
async function slowOf(found: readonly Found[]): Promise<Slow[]> {
  const expressions = found.map((one) => ({ ...one, begins: begins(one.source), units: units(one.source) }));
  const slow: Slow[] = [];
  for (let from = 0; from < found.length; ) {
    const { at, unit } = await attackedUntil({ expressions, length, from });
    const one = found[at];
    if (one !== undefined) slow.push({ file: one.file, source: one.source, unit });
    from = at + 1;
  }
  return slow;
}

/** Which attack did not end in time; one beyond the last expression if all did. */
async function attackedUntil(workerData: {
  readonly expressions: readonly unknown[];
  readonly length: number;
  readonly from: number;
}) {
  const worker = new Worker(join(import.meta.dirname, "regular-expressions.worker.js"), { workerData });
  return lastProgress(worker, {
    first: { at: workerData.from, unit: "" },
    isDone: ({ at }) => at === workerData.expressions.length,
    limitMs,
  });
}

test("no regular expression goes through a text again and again", async () => {
  const found = [...new Map(expressions().map((one) => [`${one.source}/${one.flags}`, one])).values()];
  expect(found.length).toBeGreaterThan(300);
  const slow = await slowOf(found.filter(({ source }) => !(source in bounded)));
  expect(slow).toEqual([]);
}, 900_000);
