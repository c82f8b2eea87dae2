import { describe, expect, test } from "@jest/globals";
import { reportBuild } from "../../lib/api/builds.ts";
import { knownBuilds } from "../../lib/api/known-builds.ts";
import { createJournal } from "../../lib/build/reporter/journal.ts";
import { createOutbox } from "../../lib/build/reporter/outbox.ts";
import { logLines, renderer } from "../../lib/build/reporter/render.ts";
import { lineAssembler } from "../../lib/build/reporter/text.ts";
import type { Line } from "../../lib/contract/build.ts";
import { largestLog, longestReported } from "../../lib/core/limits.ts";
import { emptyLog } from "../../lib/core/log/log.ts";
import { someDeployment } from "../support/deployments.ts";
import { someImageAccess } from "../support/image-access.ts";
import { openAccess } from "../support/memory-github.ts";
import { workerDeps } from "../support/worker-deps.ts";

const MB = 1024 * 1024;
const redact = (text: string): string => text;
const at = Date.parse("2026-01-01T00:00:00Z");

/** A journal that keeps no text but its total length, as the outbox and its sender do by and by. */
function counting() {
  const kept = { lines: 0, bytes: 0, longest: 0, system: [] as string[] };
  const keep = (lines: readonly Line[]): void => {
    for (const { line, stream } of lines) {
      const bytes = Buffer.byteLength(line);
      kept.lines += 1;
      kept.bytes += bytes;
      kept.longest = Math.max(kept.longest, bytes);
      if (stream === "system") kept.system.push(line);
    }
  };
  const journal = createJournal({ now: () => at, print: () => {}, redact, limit: largestLog, keep });
  return { journal, kept };
}

/** As BuildKit says that a step printed something. */
const progressOf = (data: Buffer): string =>
  JSON.stringify({
    logs: [{ vertex: "sha256:a", stream: 1, data: data.toString("base64"), timestamp: "2026-01-01T00:00:00Z" }],
  });

describe("what a build prints", () => {
  test("as one line of 100 MB is sent in pieces, ends at 64 MB in a sentence, and is never held whole", () => {
    const { journal, kept } = counting();
    const render = renderer({ redact, now: () => at });
    const piece = progressOf(Buffer.alloc(512 * 1024, "a"));
    const before = process.memoryUsage().rss;
    for (let sent = 0; sent < 200; sent++) journal.write(render.read(piece, "stderr"));
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MB);
    expect(kept.longest).toBeLessThanOrEqual(longestReported.longest + 1);
    expect(kept.bytes).toBeLessThanOrEqual(largestLog.bytes + longestReported.longest);
    expect(kept.bytes).toBeGreaterThan(largestLog.bytes - MB);
    expect(kept.system).toEqual(["Log truncated at 64 MB. The build continues; further output is not stored.\n"]);
    // Why it failed is kept all the same.
    journal.system("The command failed.");
    expect(kept.system.at(-1)).toBe("The command failed.\n");
  });

  test("as two million lines ends at a million", () => {
    const { journal, kept } = counting();
    const lines = logLines("x", "stdout", at, redact);
    const thousand = Array.from({ length: 1000 }, () => lines).flat();
    for (let sent = 0; sent < 2000; sent++) journal.write(thousand);
    expect(kept.lines).toBe(largestLog.lines + 1);
    expect(kept.system).toEqual([
      "Log truncated at 1,000,000 lines. The build continues; further output is not stored.\n",
    ]);
  });

  test("in one chunk of 32 MB comes out in pieces", () => {
    const assembler = lineAssembler({ longest: 8 * 1024, around: 0 });
    const pieces = [...assembler.push(Buffer.alloc(32 * MB, "ä")), ...assembler.end()].map(({ text }) => text);
    expect(Math.max(...pieces.map((piece) => Buffer.byteLength(piece)))).toBeLessThanOrEqual(16 * 1024);
    expect(pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0)).toBe(32 * MB);
  });

  test("and is not taken yet counts by its size, so that docker is made to wait", () => {
    const outbox = createOutbox();
    const [line] = logLines("y".repeat(16_000), "stdout", at, redact);
    if (line === undefined) throw new Error("There is no line.");
    outbox.add([line, line, line]);
    const all = outbox.unsentBytes();
    expect(all).toBeGreaterThan(48_000);
    outbox.accepted(outbox.take(0), 3);
    expect(outbox.unsentBytes()).toBe(all / 3);
    outbox.accepted(outbox.take(0), 4);
    expect(outbox.unsentBytes()).toBe(0);
  });
});

describe("a build that speaks for itself, without the reporter", () => {
  async function building() {
    const worker = workerDeps();
    await worker.deployments.create(someDeployment({ id: 7, stage: "building" }));
    await worker.reports.open(7, 1, "ticket", worker.now());
    await worker.reports.claim(7, 1, "ticket", "token");
    const image = {
      imageAccess: someImageAccess,
      repositoriesUri: "registry.example.com/slipway",
      pushedImage: async () => ({ outcome: "absent" as const }),
      repositoryReach: "public" as const,
      known: knownBuilds(),
    };
    return { ...worker, ...image, access: openAccess, hash: (text: string) => text };
  }
  const lineOf = (line: string) => ({ line, timestamp: "2026-01-01T00:00:00Z", stream: "stdout" });
  const report = async (deps: Awaited<ReturnType<typeof building>>, ...lines: string[]) =>
    reportBuild(deps, "token", { deployment_id: 7, attempt: 1, first: 1, lines: lines.map(lineOf) });

  test("cannot store a line over 16 KB: it is split once it is redacted, with what stood around it", async () => {
    const deps = await building();
    deps.secrets.values = async () => ["the-value-of-a-secret"];
    const long = "a".repeat(largestLog.line - 10);
    const lines = [
      { ...lineOf(`${long}the-value-of-a-secret${long}the-value\n`), after: "-of-a-secret" },
      { ...lineOf("-of-a-secret and on\n"), before: "the-value" },
      lineOf("next\n"),
    ];
    const body = { deployment_id: 7, attempt: 1, first: 1, lines };
    expect(await reportBuild(deps, "token", body)).toMatchObject({ status: 200, body: { data: { next: 4 } } });
    const stored = (await deps.log.read(7, 0, 100)).lines;
    expect(stored.map(({ cursor }) => cursor)).toEqual([1, 2, 3, 4, 5]);
    expect(stored.every(({ line }) => Buffer.byteLength(line) <= largestLog.line)).toBe(true);
    const text = stored.map(({ line }) => line.slice(0, -1)).join("");
    expect(text).toBe(`${long}[redacted]${long}[redacted][redacted] and onnext`);
    // Sent again since the answer was lost, nothing is there twice.
    expect(await reportBuild(deps, "token", body)).toMatchObject({ status: 200, body: { data: { next: 4 } } });
    expect((await deps.log.read(7, 0, 100)).lines).toHaveLength(5);
  });

  test("cannot make a terminal or a reader do anything by what is stored", async () => {
    const deps = await building();
    await report(deps, "\u001b]8;;https://evil.example\u0007a\u001b[2J\u001b[31mb\u202ec\u200b\r\n");
    const [stored] = (await deps.log.read(7, 0, 10)).lines;
    expect(stored?.line).toBe("a\u001b[31mbc\n");
  });

  test("cannot store a line of any length, or several as one, or none", async () => {
    const deps = await building();
    for (const line of [`${"a".repeat(2 * longestReported.longest)}\n`, "one\ntwo\n", "no end", ""]) {
      await expect(report(deps, line)).rejects.toMatchObject({ status: 400, details: [{ field: "lines.0.line" }] });
    }
    await expect(report(deps, ...Array.from({ length: 501 }, () => "x\n"))).rejects.toMatchObject({ status: 400 });
    expect(await report(deps, "fine\n")).toMatchObject({ status: 200 });
  });

  test("is not listened to once its log is full", async () => {
    const deps = await building();
    const head = { ...emptyLog, cursor: 1, next: 2, bytes: largestLog.refusedBytes + 1 };
    await deps.log.put(7, { first: 1, lines: [], head });
    await expect(report(deps, "more\n")).rejects.toMatchObject({ status: 401 });
  });

  test("counts in bytes what it has stored", async () => {
    const deps = await building();
    await report(deps, "ä\n", "b\n");
    expect((await deps.log.head(7)).bytes).toBe(5);
  });
});
