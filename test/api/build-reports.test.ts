import { beforeEach, expect, test } from "@jest/globals";
import { reportBuild } from "../../lib/api/builds.ts";
import { knownBuilds } from "../../lib/api/known-builds.ts";
import { closeWriter } from "../../lib/core/worker/write-log.ts";
import { someDeployment } from "../support/deployments.ts";
import { someImageAccess } from "../support/image-access.ts";
import { openAccess } from "../support/memory-github.ts";
import { workerDeps } from "../support/worker-deps.ts";

/** Processes that take reports over the same stores, and how often the stores were read. */
let reads: string[];
let worker: ReturnType<typeof workerDeps>;
let processes: Parameters<typeof reportBuild>[0][];

beforeEach(async () => {
  reads = [];
  worker = workerDeps();
  await worker.deployments.create(someDeployment({ id: 7, stage: "building" }));
  await worker.reports.open(7, 1, "ticket", worker.now());
  await worker.reports.claim(7, 1, "ticket", "token");
  const noted =
    <Given extends readonly unknown[], Answer>(name: string, call: (...given: Given) => Promise<Answer>) =>
    (...given: Given) => {
      reads.push(name);
      return call(...given);
    };
  const stores = {
    deployments: { ...worker.deployments, get: noted("row", worker.deployments.get) },
    reports: { ...worker.reports, get: noted("report", worker.reports.get) },
    log: { ...worker.log, head: noted("head", worker.log.head) },
  };
  processes = [1, 2].map(() => ({
    ...worker,
    ...stores,
    access: openAccess,
    imageAccess: someImageAccess,
    repositoriesUri: "registry.example.com/slipway",
    pushedImage: async () => ({ outcome: "absent" as const }),
    repositoryReach: "public" as const,
    known: knownBuilds(),
    hash: (text: string) => text,
  }));
});

async function report(process: number, first: number, count: number, token = "token") {
  const deps = processes[process];
  if (deps === undefined) throw new Error("There is no such process.");
  const lines = Array.from({ length: count }, (_, n) => ({
    line: `line ${first + n}\n`,
    timestamp: "2026-01-01T00:00:00Z",
    stream: "stdout" as const,
  }));
  const answer = await reportBuild(deps, token, { deployment_id: 7, attempt: 1, first, lines });
  return (answer.body as { data: { next: number } }).data.next;
}

const stored = async () => (await worker.log.read(7, 0, 1000)).lines.map(({ line }) => line.trim());

test("the first report of a build reads all that it needs, the next ones read nothing", async () => {
  expect(await report(0, 1, 2)).toBe(3);
  expect(reads.toSorted()).toEqual(["head", "report", "row"]);
  reads = [];
  expect(await report(0, 3, 2)).toBe(5);
  expect(await report(0, 5, 1)).toBe(6);
  expect(reads).toEqual([]);
  expect(await stored()).toEqual(["line 1", "line 2", "line 3", "line 4", "line 5"]);
});

test("what another process stored meanwhile is neither lost nor repeated nor called missing", async () => {
  await report(0, 1, 2);
  await report(1, 3, 2);
  expect(await report(0, 5, 2)).toBe(7);
  // What the other one has, sent again because its answer was lost.
  expect(await report(1, 3, 4)).toBe(7);
  expect(await report(0, 1, 2)).toBe(7);
  expect(await stored()).toEqual([1, 2, 3, 4, 5, 6].map((n) => `line ${n}`));
});

test("a build whose log was closed is refused, by a process that knows it too", async () => {
  await report(0, 1, 1);
  await closeWriter(worker, 7, "build#1");
  await expect(report(0, 2, 1)).rejects.toMatchObject({ code: "unauthorized" });
  await expect(report(1, 2, 1)).rejects.toMatchObject({ code: "unauthorized" });
  expect(await stored()).toEqual(["line 1"]);
});

test("a known build has no other token", async () => {
  await report(0, 1, 1);
  await expect(report(0, 2, 1, "another")).rejects.toMatchObject({ code: "unauthorized" });
  expect(await report(0, 2, 1)).toBe(3);
});

test("lines that are missing are asked for", async () => {
  await report(0, 1, 1);
  const deps = processes[0];
  if (deps === undefined) throw new Error("There is no such process.");
  const line = { line: "line 5\n", timestamp: "2026-01-01T00:00:00Z", stream: "stdout" as const };
  const answer = await reportBuild(deps, "token", { deployment_id: 7, attempt: 1, first: 5, lines: [line] });
  expect(answer).toMatchObject({ status: 409, body: { data: { next: 2 } } });
});
