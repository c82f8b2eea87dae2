import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `npm run documents`: writes docs/openapi.json, docs/asyncapi.json and the client's types anew. */
const root = join(import.meta.dirname, "..");

/** What is served is imported by what makes it anew, so it must be readable: after a conflict it is not. */
function makeReadable(path: string): void {
  try {
    JSON.parse(readFileSync(path, "utf8"));
  } catch {
    writeFileSync(path, "{}\n");
  }
}

for (const name of ["openapi", "asyncapi"]) makeReadable(join(root, `docs/${name}.json`));
const { generatedFiles } = await import("../lib/documents/generated.ts");
for (const [path, text] of Object.entries(generatedFiles(root))) {
  writeFileSync(join(root, path), text);
  process.stdout.write(`${path} is written.\n`);
}
