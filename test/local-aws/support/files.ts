import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A directory that outlives a restart of what uses it. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "slipway-local-aws-"));
  // Sandboxed processes have another user id.
  chmodSync(path, 0o755);
  return { path, remove: () => removeDirectory(path) };
}

/** A new directory with these files, by path. */
export function directoryWith(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "slipway-context-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

export const removeDirectory = (dir: string): void => rmSync(dir, { recursive: true, force: true });
