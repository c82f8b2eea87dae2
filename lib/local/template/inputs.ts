import { createHash, type Hash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** All that the template and the bundles are made from. */
const INPUTS = [
  "bin/app.ts",
  "cdk.json",
  "functions",
  "lib/adapters",
  "lib/api",
  "lib/build",
  "lib/core",
  "lib/infra",
  "lib/ports",
  "package-lock.json",
];

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

/** A digest that changes whenever a synthesis of the checkout `root` could yield something else. */
export function inputsDigest(root: string): string {
  const hash = createHash("sha256");
  for (const path of INPUTS) digestInto(hash, root, path);
  return hash.digest("hex").slice(0, 32);
}
