import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { objectionTo } from "slipway/local-access/trust";

/** The shortest limit there is for the path of a Unix socket: macOS's, whose 104 bytes end in a zero. */
export const longestSocketPath = 103;

/**
 * Where the socket of a data directory may be: in it, or, where that path is too long or its file system has no sockets, in a
 * directory of this user alone below the runtime directory. Each is tried in turn.
 */
export function socketPaths(data: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const runtime = env.XDG_RUNTIME_DIR?.startsWith("/") ? env.XDG_RUNTIME_DIR : tmpdir();
  const name = createHash("sha256").update(data).digest("hex").slice(0, 16);
  const paths = [join(data, "slipway.sock"), join(runtime, `slipway-${process.getuid?.() ?? 0}`, `${name}.sock`)];
  return paths.filter((path) => Buffer.byteLength(path) <= longestSocketPath);
}

/** Makes a directory for this user alone. Throws a sentence where somebody else made it first, or others can read it. */
export function makePrivate(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const why = objectionTo(directory, "directory");
  if (why !== null) throw new Error(why);
}
