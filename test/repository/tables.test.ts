// What the code lists in one table and the documentation says in words: a new entry is named here until the words have it.
import { expect, test } from "@jest/globals";
import { endpointTypeSchema } from "../../lib/core/endpoint.ts";
import { endpointWords } from "../../lib/dashboard/apps/notifications/endpoint-words.ts";
import { openStages } from "../../packages/monitor/src/stages.ts";
import { pages } from "./pages.ts";

const guide = pages.filter(({ path }) => !/^(?:docs\/decisions\/|\.changeset\/)|CHANGELOG/.test(path));
const textOf = (path: string): string => pages.find((page) => page.path === path)?.text ?? "";

test("a paragraph that goes through the open stages leaves none of them out", () => {
  const listing = guide.flatMap(({ path, text }) =>
    text
      .split("\n")
      .map((line) => ({ path, line, missing: openStages.filter((stage) => !line.includes(`\`${stage}\``)) }))
      .filter(({ missing }) => missing.length < openStages.length - 3),
  );
  expect(listing.length).toBeGreaterThan(1);
  expect(listing.filter(({ missing }) => missing.length > 0)).toEqual([]);
});

test.each(["README.md", "docs/architecture.md", "docs/glossary.md"])("%s names every notification channel", (path) => {
  const names = Object.values(endpointWords).map(({ name }) => name);
  const missing = textOf(path)
    .split("\n")
    .map((line) => names.filter((name) => !line.toLowerCase().includes(name.toLowerCase())))
    .toSorted((one, other) => one.length - other.length);
  // In one paragraph: the words alone may stand anywhere.
  expect(missing[0]).toEqual([]);
});

test("docs/notifications.md shows an endpoint of each type", () => {
  const text = textOf("docs/notifications.md");
  expect(endpointTypeSchema.options.filter((type) => !text.includes(`"type": "${type}"`))).toEqual([]);
});
