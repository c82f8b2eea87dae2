import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes the bundle of a function, and returns its directory. */
export function writeBundle(dataDir: string, name: string, source: string): string {
  const directory = join(dataDir, "code", name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "index.mjs"), source);
  return directory;
}
