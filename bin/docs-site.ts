import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { siteOf } from "../lib/docs-site/site.ts";
import { sourcePaths } from "../lib/docs-site/sources.ts";

// Writes the site of the documentation into a folder: node bin/docs-site.ts FOLDER.
const root = resolve(import.meta.dirname, "..");
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("Name the folder that the site is written to.");

const pages = sourcePaths(root).map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

for (const { path, content } of siteOf(pages)) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
cpSync(join(root, "docs/images"), join(folder, "docs/images"), { recursive: true });
cpSync(join(root, "lib/docs-site/assets"), join(folder, "docs/assets"), { recursive: true });
