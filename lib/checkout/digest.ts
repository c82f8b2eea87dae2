import { createHash, type Hash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

function digestInto(hash: Hash, root: string, path: string): void {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (stats.isDirectory()) {
    for (const name of readdirSync(join(root, path)).sort()) digestInto(hash, root, join(path, name));
    return;
  }
  // The length keeps a name from running into the contents.
  hash.update(`${path}\0${stats.size}\0`).update(readFileSync(join(root, path)));
}

/** A digest that changes whenever one of these files and folders of the checkout `root` does. */
export function digestOf(root: string, inputs: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of inputs) digestInto(hash, root, path);
  return hash.digest("hex").slice(0, 32);
}
