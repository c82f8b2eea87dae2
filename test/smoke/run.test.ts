import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { reportOf } from "../../lib/smoke/report.ts";
import { Interrupted, runSteps } from "../../lib/smoke/run.ts";
import { type RunState, type StepResult, stateFile } from "../../lib/smoke/state.ts";
import { type Need, type Phase, SmokeFailure, type SmokeStep } from "../../lib/smoke/steps/step.ts";
import { temporaryDirectory } from "../local-aws/support/files.ts";

let done: string[];
let results: Map<string, StepResult>;

beforeEach(() => {
  done = [];
  results = new Map();
});

const step = (
  name: string,
  phase: Phase,
  run: SmokeStep["run"] = async () => `${name} came`,
  more: Partial<SmokeStep> = {},
): SmokeStep => ({
  name,
  phase,
  minutes: 5,
  needs: null,
  expects: `That ${name} comes.`,
  run: (deps) => {
    done.push(name);
    return run(deps);
  },
  ...more,
});
const fails: SmokeStep["run"] = async () => {
  throw new SmokeFailure("It did not.");
};
/** Until its signal comes. */
const lasts: SmokeStep["run"] = () => new Promise(() => {});

interface Given {
  readonly has?: readonly Need[];
  readonly interrupted?: AbortSignal;
  /** Minutes since it began. */
  readonly after?: number;
}

const run = (steps: readonly SmokeStep[], { has = [], interrupted, after = 0 }: Given = {}) =>
  runSteps({
    steps,
    deps: {
      name: "smoke-000000",
      source: { repoUrl: "https://git.example.com/app.git", branch: "main", rootDir: "." },
      session: async () => {
        throw new Error("No step of these asks for it.");
      },
      installation: null,
      logLines: 10,
    },
    has: new Set(has),
    pace: 1,
    startedAt: 0,
    now: () => after * 60_000,
    interrupted: interrupted ?? new AbortController().signal,
    say: () => {},
    results,
    keep: (name, result) => results.set(name, result),
  });
const outcomes = () => Object.fromEntries([...results].map(([name, { outcome }]) => [name, outcome]));

describe("a smoke run", () => {
  test("does what comes before, then its tracks, each in turn, then what cleans up", async () => {
    await run([
      step("install", "before"),
      step("first", "releases"),
      step("second", "releases"),
      step("log", "builds"),
      step("uninstall", "after"),
    ]);
    expect(done[0]).toBe("install");
    expect(done.at(-1)).toBe("uninstall");
    expect(done.indexOf("first")).toBeLessThan(done.indexOf("second"));
    expect(results.get("second")).toEqual({ outcome: "passed", came: "second came", seconds: 0 });
  });

  test("gives up the rest of a track where a step fails, goes on with the others, and cleans up", async () => {
    const steps = [
      step("first", "releases", fails),
      step("second", "releases"),
      step("log", "builds"),
      step("orphans", "check"),
      step("uninstall", "after"),
    ];
    await run(steps);
    const after = { orphans: "passed", uninstall: "passed" };
    expect(outcomes()).toEqual({ first: "failed", second: "not run", log: "passed", ...after });
    expect(done.slice(-2)).toEqual(["orphans", "uninstall"]);
    expect(results.get("first")?.came).toBe("It did not.");
  });

  test("cleans up where it could not even begin", async () => {
    const steps = [step("first", "releases"), step("orphans", "check"), step("uninstall", "after")];
    await run([step("install", "before", fails), ...steps]);
    expect(outcomes()).toEqual({ install: "failed", first: "not run", orphans: "not run", uninstall: "passed" });
  });

  test("cleans up when it is interrupted in the middle of a step", async () => {
    const interrupting = new AbortController();
    const begins: SmokeStep["run"] = async (deps) => {
      setImmediate(() => interrupting.abort(new Interrupted()));
      return lasts(deps);
    };
    const steps = [step("first", "releases", begins), step("second", "releases"), step("uninstall", "after")];
    await run(steps, { interrupted: interrupting.signal });
    expect(outcomes()).toEqual({ first: "not run", second: "not run", uninstall: "passed" });
  });

  test("begins nothing new when its time is over, but cleans up", async () => {
    await run([step("first", "releases"), step("uninstall", "after")], { after: 60 });
    expect(done).toEqual(["uninstall"]);
    expect(results.get("first")).toMatchObject({
      outcome: "not run",
      came: expect.stringContaining("minutes are over"),
    });
  });

  test("ends a step that takes too long", async () => {
    await run([step("first", "releases", lasts, { minutes: 0.001 })]);
    expect(results.get("first")).toMatchObject({ outcome: "failed", came: expect.stringContaining("at most") });
  });

  test("skips what it cannot do, and goes on after it", async () => {
    const needs = { needs: "account" } as const;
    await run([step("install", "before", undefined, needs), step("first", "releases")], { has: ["server"] });
    expect(outcomes()).toEqual({ install: "skipped", first: "passed" });
  });

  test("that another process goes on with does again what was not passed, and tries to clean up once more", async () => {
    const passed = { outcome: "passed", came: "", seconds: 1 } as const;
    results = new Map<string, StepResult>([
      ["install", passed],
      ["first", passed],
      ["uninstall", { ...passed, outcome: "failed" }],
    ]);
    await run([
      step("install", "before"),
      step("first", "releases"),
      step("second", "releases"),
      step("uninstall", "after"),
    ]);
    expect(done).toEqual(["second", "uninstall"]);
  });
});

const state: RunState = {
  format: 1,
  name: "smoke-000000",
  target: "the account 123456789012 in eu-west-1",
  source: { repoUrl: "https://git.example.com/app.git", branch: "main", rootDir: "." },
  startedAt: 0,
  results: { first: { outcome: "failed", came: "Bearer 0123456789abcdef\n# no heading", seconds: 3 } },
};

test("a report says what was expected and what came, and nothing that is secret", () => {
  const secrets = ["123456789012", "0123456789abcdef"];
  const steps = [step("first", "releases"), step("second", "releases")];
  const text = reportOf({ state, steps, versions: { slipway: "1.0.0" }, secrets });
  for (const secret of secrets) expect(text).not.toContain(secret);
  expect(text).toContain("0 passed, 1 failed");
  expect(text).toContain("## first: failed\n\nExpected: That first comes.\n\nCame after 3 s:\n");
  expect(text).toContain("## second: not run");
  expect(text).not.toMatch(/^# no heading/m);
});

describe("the state of a run", () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => directory.remove());

  test("is what was written last, until the run is over", () => {
    const file = stateFile(join(directory.path, "smoke"));
    expect(file.read()).toBeNull();
    file.write({ ...state, results: {} });
    file.write(state);
    expect(stateFile(join(directory.path, "smoke")).read()).toEqual(state);
    file.remove();
    expect(file.read()).toBeNull();
    expect(existsSync(join(directory.path, "smoke"))).toBe(true);
  });
});
