import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { renderer } from "../../lib/build/reporter/render.ts";
import { at, buildProgress, log, status } from "./progress.ts";

const NOW = Date.parse("2025-11-14T12:00:00Z");
const make = () => renderer({ redact: (line) => line.replaceAll("hunter22", "[redacted]"), now: () => NOW });

function render(output: readonly string[]): string[] {
  const each = make();
  return [...output.flatMap((line) => each.read(line, "stderr")), ...each.end()].map(({ line }) => line);
}

describe("the steps of a Dockerfile", () => {
  test("are numbered, named as they were written, and followed by their output", () => {
    const lines = render(
      buildProgress([
        { name: "[internal] load build definition from Dockerfile", output: "" },
        { name: `[1/3] FROM docker.io/library/node:24-alpine@sha256:${"0".repeat(64)}`, output: "" },
        { name: "[2/3] RUN npm ci", output: "added 3 packages\nno newline at the end" },
        { name: "[3/3] COPY . .", output: "" },
      ]),
    );
    expect(lines).toEqual([
      "Step 1/3 : FROM node:24-alpine\n",
      "Step 2/3 : RUN npm ci\n",
      "added 3 packages\n",
      "no newline at the end\n",
      "Step 3/3 : COPY . .\n",
    ]);
  });

  test("count through all stages, in the order in which they start", () => {
    const lines = render(
      buildProgress([
        { name: "[build 1/2] FROM docker.io/library/node:24", output: "" },
        { name: "[stage-1 1/3] FROM docker.io/library/alpine:3", output: "" },
        { name: "[build 2/2] RUN make", output: "" },
        { name: "[stage-1 2/3] WORKDIR /app", output: "" },
        { name: "[stage-1 3/3] COPY --from=build /out .", output: "" },
      ]),
    );
    expect(lines.map((line) => line.split(" : ")[0])).toEqual([1, 2, 3, 4, 5].map((n) => `Step ${n}/5`));
  });

  test("rise by one and never pass their total, whatever the stages", () => {
    const step = fc.record({
      stage: fc.constantFrom("", "a ", "b "),
      n: fc.integer({ min: 1, max: 9 }),
      m: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const lines = render(
          buildProgress(steps.map(({ stage, n, m }) => ({ name: `[${stage}${n}/${m}] RUN x`, output: "" }))),
        );
        const numbers = lines.map((line) => /^Step (\d+)\/(\d+) /.exec(line)?.slice(1).map(Number) ?? []);
        expect(numbers.map(([number]) => number)).toEqual(steps.map((_, index) => index + 1));
        for (const [number = 0, of = 0] of numbers) expect(of).toBeGreaterThanOrEqual(number);
      }),
    );
  });

  test("are printed once, however often BuildKit repeats them", () => {
    const vertex = { digest: "a", name: "[1/1] RUN x", started: at(0) };
    const done = { ...vertex, completed: at(9), error: "broken" };
    expect(
      render([status({ vertexes: [vertex] }), status({ vertexes: [vertex, done] }), status({ vertexes: [done] })]),
    ).toEqual(["Step 1/1 : RUN x\n", "ERROR: broken\n"]);
  });

  test("that are cached say so", () => {
    const vertex = { digest: "a", name: "[1/1] RUN x", started: at(0), completed: at(0), cached: true };
    expect(render([status({ vertexes: [vertex] })])).toEqual(["Step 1/1 : RUN x\n", "CACHED\n"]);
  });
});

test("what BuildKit gathers into one line of progress comes out in the order in which it happened", () => {
  const first = { digest: "a", name: "[1/2] RUN one", started: "2025-11-14T10:30:00.1Z" };
  const second = { digest: "b", name: "[2/2] RUN two", started: "2025-11-14T10:30:00.100000900Z" };
  const said = { ...log("a", "from one\n"), timestamp: "2025-11-14T10:30:00.100000100Z" };
  const gathered = status({
    vertexes: [second, { ...first, completed: "2025-11-14T10:30:00.1000008Z" }],
    logs: [said],
  });
  expect(render([gathered])).toEqual(["Step 1/2 : RUN one\n", "from one\n", "Step 2/2 : RUN two\n"]);
});

test("each line has the time at which BuildKit saw it and the stream it came from", () => {
  const each = make();
  const lines = each.read(status({ logs: [log("a", "out\n", 5), log("a", "err\n", 7, 2)] }), "stderr");
  expect(lines).toEqual([
    { line: "out\n", timestamp: at(5), stream: "stdout" },
    { line: "err\n", timestamp: at(7), stream: "stderr" },
  ]);
});

test("no output is lost, repeated or reordered, however it was cut into entries", () => {
  const text = fc.string({ unit: "grapheme-ascii", maxLength: 20 });
  fc.assert(
    fc.property(fc.array(text), fc.array(fc.nat({ max: 600 })), (texts, places) => {
      const bytes = Buffer.from(texts.map((each) => `${each}\n`).join(""));
      const cuts = [0, ...places.filter((place) => place < bytes.length).sort((a, b) => a - b), bytes.length];
      const entries = cuts.slice(1).map((to, index) => status({ logs: [log("a", bytes.subarray(cuts[index], to))] }));
      expect(render(entries)).toEqual(texts.map((each) => `${each}\n`));
    }),
  );
});

test("output of steps that run side by side is never mixed within a line", () => {
  const entries = [log("a", "aaa"), log("b", "bbb"), log("a", "AAA\n"), log("b", "BBB\n")];
  expect(render(entries.map((entry) => status({ logs: [entry] })))).toEqual(["aaaAAA\n", "bbbBBB\n"]);
});

test("a line that is too long to be sent in one comes in pieces, which know what stands around them", () => {
  const each = make();
  const lines = each.read(status({ logs: [log("a", `${"é".repeat(100_000)}\n`)] }), "stderr");
  expect(lines.map(({ line, before, after }) => [line.length, before?.length, after?.length])).toEqual([
    [65_537, undefined, 34_464],
    [34_465, 36_864, undefined],
  ]);
});

test("secrets are redacted, also where a long line is cut, and in the name of a step", () => {
  const long = `${"x".repeat(16_380)}hunter22\n`;
  const output = [
    status({ vertexes: [{ digest: "a", name: "[1/1] RUN login hunter22", started: at(0) }] }),
    status({ logs: [log("a", long)] }),
    "plain hunter22",
  ];
  const text = render(output).join("").replaceAll("\n", "");
  expect(text).not.toContain("hunter22");
  expect(text).toContain("RUN login [redacted]");
});

test("a private key that a command prints is hidden, though another command prints in between", () => {
  const lines = render([
    status({ logs: [log("a", "-----BEGIN PRIVATE KEY-----\nMIIB")] }),
    status({ logs: [log("b", "other\n")] }),
    status({ logs: [log("a", "secret\n-----END PRIVATE KEY-----\nafter\n")] }),
  ]);
  expect(lines.slice(1)).toEqual(["other\n", "[redacted]\n", "[redacted]\n", "after\n"]);
});

test("warnings and docker's own words are lines too, and remembered to explain a failure", () => {
  const each = make();
  const warning = {
    vertex: "a",
    short: Buffer.from("JSONArgsRecommended").toString("base64"),
    url: "https://docs.docker.com/x",
  };
  const lines = [
    ...each.read(status({ warnings: [warning] }), "stderr"),
    ...each.read("ERROR: failed to solve: x", "stderr"),
  ];
  expect(lines.map(({ line }) => line)).toEqual([
    "WARNING: JSONArgsRecommended (https://docs.docker.com/x)\n",
    "ERROR: failed to solve: x\n",
  ]);
  expect(each.trouble().text).toEqual(["ERROR: failed to solve: x"]);
});

test("docker's last words are no line where they are the error of a step", () => {
  const each = make();
  const error = 'process "/bin/sh -c exit 7" did not complete successfully: exit code: 7';
  const failed = {
    digest: "a",
    name: "[1/1] RUN exit 7",
    started: "2026-01-01T00:00:00Z",
    completed: "2026-01-01T00:00:01Z",
  };
  each.read(status({ vertexes: [{ ...failed, error }] }), "stderr");
  for (const start of ["ERROR: failed to solve: ", "ERROR: failed to build: failed to solve: "]) {
    expect(each.read(`${start}${error}`, "stderr")).toEqual([]);
  }
  expect(each.trouble().text).toHaveLength(2);
  expect(each.read("ERROR: failed to solve: another", "stderr")).toHaveLength(1);
});

test("a program's own JSON on docker's stream is text, not progress", () => {
  expect(render(['{"vertexes":"many"}', "{ not json"])).toEqual(['{"vertexes":"many"}\n', "{ not json\n"]);
});

test("steps that were cancelled since another failed are not what went wrong", () => {
  const each = make();
  const cancelled = { digest: "a", name: "[1/2] RUN a", started: at(0), completed: at(1), error: "context canceled" };
  each.read(status({ vertexes: [cancelled] }), "stderr");
  expect(each.trouble().errors).toEqual([]);
});
