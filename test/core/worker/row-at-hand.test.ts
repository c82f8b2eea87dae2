// The worker goes on with the row that it read or wrote last, and writes quiet effects down together.
import { describe, expect, test } from "@jest/globals";
import type { Effect } from "../../../lib/core/deployment/effect.ts";
import { emptyLog } from "../../../lib/core/log/log.ts";
import { plusSeconds } from "../../../lib/core/time.ts";
import { apply } from "../../../lib/core/worker/apply.ts";
import type { WorkerDeps } from "../../../lib/core/worker/deps.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someDeployment, someSettings } from "../../support/deployments.ts";
import { workerDeps } from "../../support/worker-deps.ts";

const line = (number: number): Effect => ({ type: "write_line", number, line: `Line ${number}` });
const woken = { type: "deployment", deployment_id: 7, event: { type: "woken" } } as const;

/** Worker deps over rows whose reads and writes are noted. */
function noted() {
  const deps = workerDeps();
  const calls: string[] = [];
  const deployments: typeof deps.deployments = {
    ...deps.deployments,
    get: (id) => {
      calls.push("get");
      return deps.deployments.get(id);
    },
    replace: (next) => {
      calls.push("replace");
      return deps.deployments.replace(next);
    },
  };
  return { deps: { ...deps, deployments }, calls };
}

describe("quiet effects", () => {
  const waiting = someDeployment({ stage: "building", outbox: [line(1), line(2)], lines: 2 });

  test("are carried out in their order, with one read and one write", async () => {
    const { deps, calls } = noted();
    await deps.deployments.create(waiting);
    await work(deps, woken, { isRepeat: false });
    expect(calls).toEqual(["get", "replace"]);
    expect(await deps.deployments.get(7)).toMatchObject({ outbox: [], version: 2 });
    expect((await deps.log.read(7, 0, 10)).lines.map((each) => each.line)).toEqual(["Line 1\n", "Line 2\n"]);
  });

  test("that were done before one that fails are written down", async () => {
    const { deps } = noted();
    await deps.deployments.create({ ...waiting, outbox: [line(1), { type: "leave_lane" }] });
    const broken = { ...deps, lanes: { ...deps.lanes, get: () => Promise.reject(new Error("Throttled")) } };
    await expect(work(broken, woken, { isRepeat: false })).rejects.toThrow("Throttled");
    expect((await deps.deployments.get(7))?.outbox).toEqual([{ type: "leave_lane" }]);
  });
});

describe("an effect that only one may carry out", () => {
  const release = { type: "start_release" } as const;
  const building = someDeployment({
    stage: "building",
    build: { attempt: 1, id: "build", running: true },
    outbox: [],
    settings: someSettings({ approval: "none" }),
  });
  const seen = { type: "build_seen", attempt: 1, cloned: null, step: null, status: null, detail: null } as const;
  const finished = {
    outcome: "succeeded",
    stage: "building",
    code: null,
    exit_code: null,
    image_digest: "sha256:1",
    message: null,
  } as const;
  const built = { type: "deployment", deployment_id: 7, event: { ...seen, finished } } as const;
  const waits = (deps: WorkerDeps): WorkerDeps => ({
    ...deps,
    releases: { ...deps.releases, start: async () => ({ outcome: "waiting" }) },
  });

  test("is begun in the write that enqueues it, and put off in the one that says what came of it", async () => {
    const { deps, calls } = noted();
    await deps.deployments.create(building);
    await work(waits(deps), built, { isRepeat: false });
    expect(calls).toEqual(["get", "replace", "replace"]);
    expect(await deps.deployments.get(7)).toMatchObject({ outbox: [release], lease: null, stage: "deploying" });
  });

  test("is left to others where something fails before it", async () => {
    const { deps } = noted();
    await deps.deployments.create({ ...building, outbox: [line(1)], lines: 1 });
    const broken = { ...waits(deps), log: { ...deps.log, head: () => Promise.reject(new Error("Throttled")) } };
    await expect(work(broken, built, { isRepeat: false })).rejects.toThrow("Throttled");
    expect(await deps.deployments.get(7)).toMatchObject({ lease: null, stage: "deploying" });
  });

  test("is not carried out once somebody else has taken it over", async () => {
    const { deps } = noted();
    await deps.deployments.create(building);
    const started: string[] = [];
    const start: WorkerDeps["releases"]["start"] = async (_order, confirm) => {
      const row = await deps.deployments.get(7);
      if (row?.lease)
        await deps.deployments.replace({ ...row, version: row.version + 1, lease: { ...row.lease, holder: "other" } });
      await confirm?.();
      started.push("by who was held up");
      return { outcome: "waiting" };
    };
    await work({ ...deps, releases: { ...deps.releases, start } }, built, { isRepeat: false });
    expect(started).toEqual([]);
    expect(await deps.deployments.get(7)).toMatchObject({ outbox: [release], lease: { holder: "other" } });
  });

  test("is not begun while somebody else is at it, who also does what comes before it", async () => {
    const { deps, calls } = noted();
    const lease = { key: "start_release", holder: "other", until: plusSeconds(deps.now(), 60) };
    const outbox = [line(1), release, line(2)];
    await deps.deployments.create({ ...building, stage: "deploying", build: null, outbox, lines: 2, lease });
    const log = { ...deps.log, head: async () => ({ ...emptyLog, written: { slipway: 1 } }) };
    await work({ ...waits(deps), log }, woken, { isRepeat: false });
    expect(calls).toEqual(["get", "replace"]);
    expect((await deps.deployments.get(7))?.outbox).toEqual([line(1), release]);
  });
});

describe("a row that was read before", () => {
  test("is written only if it is the newest; otherwise it is decided again", async () => {
    const { deps } = noted();
    const old = someDeployment({ stage: "building", outbox: [line(1), line(2)], lines: 2 });
    await deps.deployments.create(old);
    await apply(deps, old, { type: "effect_done", key: "write_line#1" });
    const after = await apply(deps, old, { type: "effect_done", key: "write_line#2" });
    expect(after).toMatchObject({ outbox: [], version: 3 });
  });

  test("takes several events in one version", async () => {
    const { deps, calls } = noted();
    const row = someDeployment({ stage: "building", outbox: [line(1), line(2)], lines: 2 });
    await deps.deployments.create(row);
    const keys = ["write_line#1", "write_line#2", "write_line#1"];
    const after = await apply(deps, row, ...keys.map((key) => ({ type: "effect_done", key }) as const));
    expect(after).toMatchObject({ outbox: [], version: 2 });
    expect(calls).toEqual(["replace"]);
  });
});
