import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { smokeSteps } from "../../lib/smoke/steps/all.ts";
import { root } from "./pages.ts";

const page = readFileSync(join(root, "docs/proven.md"), "utf8");
/** The rows of all tables, without their heads. */
const rows = [...page.matchAll(/^\| (.+) \|$/gm)]
  .map(([, row = ""]) => row.split(" | "))
  .filter(([first]) => first !== "Promise");
const settling = rows.flatMap((cells) => [...(/^`([a-z-]+)`$/.exec(cells[3] ?? "")?.slice(1) ?? [])]);

describe("docs/proven.md", () => {
  test("has four cells in each row", () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((cells) => cells.length !== 4)).toEqual([]);
  });

  test("names steps that exist, and every step but what only a server needs", () => {
    const steps = smokeSteps.filter(({ needs }) => needs !== "server").map(({ name }) => name);
    expect([...new Set(settling)].toSorted()).toEqual(steps.toSorted());
  });

  test("has a row for each decision that only AWS can prove", () => {
    const decisions = readdirSync(join(root, "docs/decisions")).filter((file) =>
      /^## What only AWS can prove$/m.test(readFileSync(join(root, "docs/decisions", file), "utf8")),
    );
    expect(decisions).not.toEqual([]);
    for (const decision of decisions) expect(page).toContain(`(decisions/${decision})`);
  });
});

test("docs/smoke.md lists every step", () => {
  const text = readFileSync(join(root, "docs/smoke.md"), "utf8");
  expect(smokeSteps.filter(({ name }) => !text.includes(`\`${name}\``))).toEqual([]);
});
