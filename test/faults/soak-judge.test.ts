import { describe, expect, test } from "@jest/globals";
import type { Seen } from "../../bench/soak/follow.ts";
import { type Asked, createHistory } from "../../bench/soak/history.ts";
import { type EndCase, type Shown, unexplained } from "../../bench/soak/judge/ends.ts";
import { wrongLog, wrongView } from "../../bench/soak/judge/logs.ts";
import { judgeInvented, judgeLists } from "../../bench/soak/judge/records.ts";

const asked: Asked = {
  ...{ id: 7, app: 1, version: "shop-3", commit: "c".repeat(40), kind: "good", lines: 3, by: "api" },
  ...{ rollbackOf: null, verdict: "approve", asks: new Set(), end: null },
} as const;

const shown: Shown = {
  ...{ id: 7, app_id: 1, commit_hash: asked.commit, stage: "success", error_code: null, error_message: null },
  ...{ exit_code: null, failed_stage: null, rolled_back: false, rollback_of: null, trigger: "api", reason: null },
  ...{ created_at: "2025-11-14T10:30:00Z", finished_at: "2025-11-14T10:31:00Z", log_complete: true },
  timeline: [{ stage: "deploying" }],
};

const end = (change: Partial<EndCase> = {}): string | null =>
  unexplained({
    ...{ asked, shown, others: [], during: [], hadRelease: false },
    app: { id: 1, name: "shop", settings: {}, deleted: false },
    ...change,
  });

const newer: Asked = { ...asked, id: 8 };
const failed = { ...shown, stage: "failed" };

describe("an end is explained by what was asked for", () => {
  test.each<[string, Partial<EndCase>]>([
    ["a good version succeeds", {}],
    [
      "cancelled on request",
      { shown: { ...shown, stage: "cancelled" }, asked: { ...asked, asks: new Set(["cancel"]) } },
    ],
    ["superseded by a newer one", { shown: { ...shown, stage: "superseded" }, others: [newer] }],
    ["cancelled by a rollback", { shown: { ...shown, stage: "cancelled" }, others: [{ ...newer, rollbackOf: 3 }] }],
    ["a host lost twice", { shown: { ...failed, error_code: "build_host_lost" }, during: ["killed", "killed"] }],
  ])("%s", (_, change) => expect(end(change)).toBeNull());

  test.each<[string, Partial<EndCase>]>([
    ["a bad version succeeds", { asked: { ...asked, kind: "sick" } }],
    ["another commit is released", { shown: { ...shown, commit_hash: "d".repeat(40) } }],
    ["a good version fails", { shown: { ...failed, error_code: "release_failed" } }],
    [
      "a host is lost twice, though it was killed once",
      { shown: { ...failed, error_code: "build_host_lost" }, during: ["killed"] },
    ],
    ["nobody cancelled it", { shown: { ...shown, stage: "cancelled" }, others: [newer] }],
    ["only older ones supersede it", { shown: { ...shown, stage: "superseded" }, others: [{ ...newer, id: 6 }] }],
    [
      "it succeeds without its approval",
      { app: { id: 1, name: "shop", settings: { approval: "required" }, deleted: false } },
    ],
    ["it never ends", { shown: { ...shown, stage: "deploying" } }],
    ["its log is not sealed", { shown: { ...shown, log_complete: false } }],
  ])("not when %s", (_, change) => expect(end(change)).not.toBeNull());
});

const log = (...lines: string[]) => lines.map((line, index) => ({ line: `${line}\n`, cursor: index + 1 }));
const numbered = (...numbers: number[]) => numbers.map((number) => `line ${number} of shop-3`);

describe("a stored log", () => {
  test("has each numbered line once, in each attempt from the first on", () => {
    expect(wrongLog(asked, shown, log(...numbered(1, 2, 3)))).toEqual([]);
    const twice = log(...numbered(1, 2), "Starting the build once more.", ...numbered(1, 2, 3));
    expect(wrongLog(asked, shown, twice)).toEqual([]);
  });

  test.each([
    ["lost one", numbered(1, 3)],
    ["doubled one", numbered(1, 2, 2, 3)],
    ["lost its end", numbered(1, 2)],
    ["begun again without a word", numbered(1, 2, 1, 2, 3)],
    ["taken one of another build", [...numbered(1, 2), "line 3 of shop-2"]],
  ])("is wrong when it has %s", (_, lines) => expect(wrongLog(asked, shown, log(...lines))).not.toEqual([]));
});

describe("what a viewer saw", () => {
  const stored = log(...numbered(1, 2, 3));
  const seen: Seen = { id: 7, how: "socket", connections: 1, lines: stored, repeats: 0, wrong: [], finished: true };

  test("is the stored log", () => expect(wrongView(seen, stored)).toEqual([]));

  test.each<[string, Partial<Seen>]>([
    ["a line is missing", { lines: stored.slice(1) }],
    ["a line is another one", { lines: [...stored.slice(1), { cursor: 1, line: "other\n" }] }],
    ["a line was never stored", { lines: [...stored, { cursor: 9, line: "line 9\n" }] }],
    ["it never came to the end", { finished: false }],
  ])("is wrong when %s", (_, change) => expect(wrongView({ ...seen, ...change }, stored)).not.toEqual([]));
});

test("a list that lacks, changes or invents a deployment is complained of", () => {
  const history = createHistory();
  history.add(asked).end = { stage: "success", finished_at: "2025-11-14T10:31:00Z" };
  const complaintsOf = (listed: readonly Shown[]) => {
    const complaints: string[] = [];
    const complain = (promise: string) => void complaints.push(promise);
    judgeLists(history, listed, complain);
    judgeInvented(history, listed, complain);
    return complaints;
  };
  expect(complaintsOf([shown])).toEqual([]);
  expect(complaintsOf([])).toEqual(["an acknowledged deployment is missing from the list"]);
  expect(complaintsOf([failed])).toEqual(["an end changed"]);
  expect(complaintsOf([shown, { ...shown, id: 9 }])).toEqual(["nobody asked for a deployment"]);
});
