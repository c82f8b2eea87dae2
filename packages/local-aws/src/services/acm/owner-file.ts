import { renameSync, writeFileSync } from "node:fs";

/** Writes a file that its owner alone can read; whoever looks sees all of it or none. */
export function writeOwnerOnly(path: string, content: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, path);
}
