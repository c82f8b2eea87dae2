// The worker goes on with the row that it read or wrote last, and writes quiet effects down together.
import { describe, expect, test } from "@jest/globals";
import type { Effect } from "../../../lib/core/deployment/effect.ts";
import { apply } from "../../../lib/core/worker/apply.ts";
import { work } from "../../../lib/core/worker/worker.ts";
import { someDeployment } from "../../support/deployments.ts";
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
