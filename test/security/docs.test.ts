import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const docs = join(import.meta.dirname, "../../docs");

test.each(["security.md", "limits.md"])("docs/%s points only to what is there", (page) => {
  const links = [...readFileSync(join(docs, page), "utf8").matchAll(/\]\(([^)#:]+)\)/g)].map((match) =>
    String(match[1]),
  );
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter((link) => !existsSync(join(docs, link)))).toEqual([]);
});
