import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { root } from "./pages.ts";

const folder = join(root, "docs", "decisions");
const files = readdirSync(folder).filter((file) => file !== "README.md");
const numberOf = (file: string): string => file.slice(0, 4);

/** `accepted`, or what became of it: `[0019](…)` leads to the decision that changed or replaced it. */
const status = /accepted|(?:accepted, amended|replaced) by \[(\d{4})\]\((\S+)\)/;
const form = new RegExp(
  `^# (?<number>\\d{4}): (?<title>.+)\\n\\nDate: (?<date>\\d{4}-\\d{2}-\\d{2})\\. Status: (?:${status.source})\\.(?: .+)?\\n\\n`,
);

describe.each(files)("%s", (file) => {
  const text = readFileSync(join(folder, file), "utf8");
  const found = form.exec(text);

  test("is named by its number and what was decided", () => {
    expect(file).toMatch(/^\d{4}-[a-z0-9]+(?:-[a-z0-9]+)*\.md$/);
  });

  test("begins with its number, title, date and status", () => {
    expect({ head: text.split("\n").slice(0, 4), isInForm: found !== null }).toMatchObject({ isInForm: true });
    expect(found?.groups?.number).toBe(numberOf(file));
    expect(Number.isNaN(Date.parse(String(found?.groups?.date)))).toBe(false);
  });

  test("is amended or replaced by a later decision only", () => {
    const [, , , , by, link] = found ?? [];
    if (by === undefined) return;
    expect(Number(by)).toBeGreaterThan(Number(numberOf(file)));
    expect(files).toContain(link);
  });

  test("is in the index, with its title", () => {
    const index = readFileSync(join(folder, "README.md"), "utf8");
    expect(index).toContain(`| [${numberOf(file)}](${file}) | ${found?.groups?.title} |`);
  });
});

test("no two decisions have the same number", () => {
  const numbers = files.map(numberOf);
  expect(numbers.length).toBeGreaterThan(20);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test("the index is in the order of the numbers", () => {
  const index = readFileSync(join(folder, "README.md"), "utf8");
  const listed = [...index.matchAll(/^\| \[(\d{4})\]/gm)].map(([, number]) => number);
  expect(listed).toEqual(listed.toSorted());
  expect(listed).toHaveLength(files.length);
});
