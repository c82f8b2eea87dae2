import { beforeEach, expect, test } from "@jest/globals";
import { claimBuild, reportBuild } from "../../lib/api/builds.ts";
import { knownBuilds } from "../../lib/api/known-builds.ts";
import { appendOwnLines, closeWriter } from "../../lib/core/worker/write-log.ts";
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

test("of a build that claimed its order here not even the first report reads, unless lines came before its own", async () => {
  const claim = async (id: number): Promise<void> => {
    const build = { attempt: 1, id: "build", running: true };
    await worker.deployments.create(someDeployment({ id, stage: "cloning", build }));
    await worker.reports.open(id, 1, "t".repeat(64), worker.now());
    const body = { deployment_id: id, attempt: 1, ticket: "t".repeat(64), token: "a".repeat(64) };
    for (const deps of processes.slice(0, 1)) await claimBuild(deps, body);
    reads = [];
  };
  const first = async (id: number): Promise<readonly string[]> => {
    const line = { line: "line\n", timestamp: "2026-01-01T00:00:00Z", stream: "stdout" as const };
    for (const deps of processes.slice(0, 1))
      await reportBuild(deps, "a".repeat(64), { deployment_id: id, attempt: 1, first: 1, lines: [line] });
    return (await worker.log.read(id, 0, 10)).lines.map((one) => one.line);
  };
  await claim(8);
  expect(await first(8)).toEqual(["line\n"]);
  expect(reads).toEqual([]);
  await claim(9);
  const said = { line: "said\n", timestamp: "2026-01-01T00:00:00Z", stream: "system" as const };
  await appendOwnLines(worker, 9, "slipway", 1, [said]);
  expect(await first(9)).toEqual(["said\n", "line\n"]);
  expect(reads).toEqual(["head"]);
});

test("the step that a build has reached is in the message, and stored only with more", async () => {
  const step = { number: 2, of: 4 };
  const sent: unknown[] = [];
  const queue = { send: async (message: unknown) => void sent.push(message) };
  const batch = { deployment_id: 7, attempt: 1, first: 1, lines: [] };
  for (const deps of processes.slice(0, 1)) {
    await reportBuild({ ...deps, queue }, "token", { ...batch, step });
    expect(await worker.reports.get(7, 1)).toMatchObject({ step: null });
    const cloned = { commit: "c".repeat(40), message: "Fix" };
    await reportBuild({ ...deps, queue }, "token", { ...batch, step, cloned });
  }
  expect(await worker.reports.get(7, 1)).toMatchObject({ step, cloned: { message: "Fix" } });
  const reported = { type: "build_reported", deployment_id: 7, attempt: 1 };
  expect(sent).toEqual([{ ...reported, step }, reported]);
});
