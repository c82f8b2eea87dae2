import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
// The whole of zod would take half as long to load as Node takes to start.
import * as z from "zod/mini";
import { isAbsent, objectionTo } from "./trust.ts";

const schema = z.object({
  port: z.number(),
  /** The data directory. */
  data: z.string(),
  /** The Unix socket over which its local mode lets this user in. */
  socket: z.string(),
});
/** A local mode that runs on this machine, as its user's other programs find it: by its port. */
export type Registered = z.infer<typeof schema>;

export type Found =
  | { readonly outcome: "found"; readonly entry: Registered }
  | { readonly outcome: "absent" }
  | { readonly outcome: "distrusted"; readonly why: string };

/** Where this user's running local modes are listed: in `$XDG_STATE_HOME`, else `~/.local/state`. */
export function registryDirectory(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const given = env.XDG_STATE_HOME;
  // As the XDG specification has it, a relative path counts as none.
  return join(given?.startsWith("/") ? given : join(home, ".local", "state"), "slipway", "local");
}

const fileOf = (directory: string, port: number): string => join(directory, `${port}.json`);

function entryIn(file: string): Registered | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // Whatever is no entry leads nowhere, and is replaced by the next one for its port.
    return null;
  }
}

/** Lists a local mode, for its owner alone, in place of others of its port or data directory; the returned function takes it out. Throws where that cannot be written. */
export function register(directory: string, entry: Registered): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const others = readdirSync(directory).filter((name) => /^\d+\.json$/.test(name));
  for (const name of others) {
    const file = join(directory, name);
    if (entryIn(file)?.data === entry.data) rmSync(file, { force: true });
  }
  const file = fileOf(directory, entry.port);
  const temporary = `${file}.${randomUUID()}`;
  writeFileSync(temporary, `${JSON.stringify(entry)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(temporary, file);
  return () => {
    if (entryIn(file)?.socket === entry.socket) rmSync(file, { force: true });
  };
}

/** Which local mode of this user holds a port, if what says so is this user's own. */
export function find(directory: string, port: number): Found {
  try {
    const file = fileOf(directory, port);
    const why = objectionTo(directory, "directory") ?? objectionTo(file, "file");
    if (why !== null) return { outcome: "distrusted", why };
    const entry = entryIn(file);
    return entry?.port === port ? { outcome: "found", entry } : { outcome: "absent" };
  } catch (error) {
    if (isAbsent(error)) return { outcome: "absent" };
    throw error;
  }
}
