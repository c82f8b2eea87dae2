import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `npm run documents`: writes docs/openapi.json, docs/asyncapi.json, the client's types and biome.imports.json anew. */
const root = join(import.meta.dirname, "..");

/** What makes them anew reads these itself (the API serves its documents, the linter formats), so they must be readable: after a conflict they are not. */
function makeReadable(path: string): void {
  try {
    JSON.parse(readFileSync(path, "utf8"));
  } catch {
    writeFileSync(path, "{}\n");
  }
}

for (const path of ["docs/openapi.json", "docs/asyncapi.json", "biome.imports.json"]) makeReadable(join(root, path));
const { generatedFiles } = await import("../lib/documents/generated.ts");
for (const [path, text] of Object.entries(generatedFiles(root))) {
  writeFileSync(join(root, path), text);
  process.stdout.write(`${path} is written.\n`);
}
