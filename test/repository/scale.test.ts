import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { appBounds, deploymentBounds, keptCounts, scalePage, scalePath, viewerBounds } from "../../bench/scale.ts";

const counts = keptCounts();

test("docs/scale.md is what follows from the counted calls, the prices and the quotas; run node bench/write-scale.ts", () => {
  expect(readFileSync(scalePath, "utf8")).toBe(scalePage(counts));
});

test("a figure that changes changes the page, and what binds first stands first", () => {
  expect(scalePage({ ...counts, dollars: counts.dollars * 2 })).not.toBe(scalePage(counts));
  expect(scalePage({ ...counts, rowVersions: counts.rowVersions + 1 })).not.toBe(scalePage(counts));
  for (const bounds of [appBounds(), deploymentBounds(counts), viewerBounds(4)]) {
    const reached = bounds.map((bound) => bound.reached);
    expect(reached).toEqual(reached.toSorted((one, other) => one - other));
  }
});
