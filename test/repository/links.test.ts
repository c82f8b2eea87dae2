import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { anchorsIn, isThere, type Page, pages, pathsIn, problemWithLink, root, targetsIn } from "./pages.ts";

describe.each(pages)("$path", (page) => {
  test("links to files and headings that exist", () => {
    const broken = targetsIn(page.text).flatMap((target) => {
      const problem = problemWithLink(page, target);
      return problem === null ? [] : [`${target}: ${problem}`];
    });
    expect(broken).toEqual([]);
  });

  test("names files and folders that exist", () => {
    expect(pathsIn(page.text).filter((path) => !isThere(page, path))).toEqual([]);
  });
});

test("sources name pages of the documentation that exist", () => {
  const files = globSync("{bench,bin,functions,lib,packages}/**/*.{ts,tsx}", { cwd: root }).filter(
    (file) => !file.includes("node_modules"),
  );
  const missing = files.flatMap((file) => {
    const named = readFileSync(join(root, file), "utf8").matchAll(/(?<![\w./-])docs\/[\w/-]+\.(?:md|json)\b/g);
    return [...named].filter(([path]) => !existsSync(join(root, path))).map(([path]) => `${file}: ${path}`);
  });
  expect(files.length).toBeGreaterThan(300);
  expect(missing).toEqual([]);
});

describe("the check itself", () => {
  const page: Page = {
    path: "docs/page.md",
    text: "# A page\n\n## Twice\n\n## Twice\n\n### `code`, and a [link](x)!\n",
  };

  test("makes anchors as GitHub does", () => {
    expect([...anchorsIn(page.text)]).toEqual(["a-page", "twice", "twice-1", "code-and-a-link"]);
    expect([...anchorsIn("```sh\n# a comment\n```\n# Größe & Ort\n")]).toEqual(["größe--ort"]);
  });

  test("finds links in prose, references and HTML, and none in code", () => {
    const text = 'a [b](c.md#d "title") <img src="e.png">\n\n[f]: g.md\n\n`[h](i.md)`\n\n```md\n[j](k.md)\n```\n';
    expect(targetsIn(text)).toEqual(["c.md#d", "g.md", "e.png"]);
  });

  test.each([
    ["https://example.com/nowhere", null],
    ["#twice-1", null],
    ["../README.md", null],
    ["#thrice", "no such heading"],
    ["nowhere.md", "no such file"],
    ["../package.json#name", "an anchor in a file that is not Markdown"],
    ["../../elsewhere.md", "leads out of the repository"],
    ["../../../security/advisories/new", null],
  ])("judges %s", (target, problem) => expect(problemWithLink(page, target)).toBe(problem));

  test("takes for a path what looks like one", () => {
    const text = "`lib/nowhere` `a/b.ts` `dist/cli` `@slipway/monitor/client` `application/json` `a/b` `npm test`";
    expect(pathsIn(text)).toEqual(["lib/nowhere", "a/b.ts"]);
    expect(isThere(page, "lib/nowhere")).toBe(false);
    expect(isThere(page, "security.md")).toBe(true);
    expect(isThere(page, "functions/<from-to>/index.ts")).toBe(true);
    expect(isThere(page, "lib/core/*.tsx")).toBe(false);
  });
});
