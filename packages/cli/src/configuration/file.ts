import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
// The whole of zod would take half as long to load as Node takes to start.
import * as z from "zod/mini";
import type { CliDeps } from "../system/deps.ts";
import { UsageError } from "../system/failure.ts";

const schema = z.object({
  /** The address of the server that commands go to. */
  current: z._default(z.nullable(z.string()), null),
  /** By their addresses. A server that needs no token has `null`. */
  servers: z._default(z.record(z.string(), z.object({ token: z.nullable(z.string()) })), {}),
});
export type Configuration = z.infer<typeof schema>;

const noConfiguration: Configuration = { current: null, servers: {} };

/** Where people's configuration lies on this platform. */
export function configurationPath({ env, homeDirectory }: Pick<CliDeps, "env" | "homeDirectory">): string {
  const given = env.XDG_CONFIG_HOME;
  // As the XDG specification has it, a relative path counts as none.
  const directory = given?.startsWith("/") ? given : join(homeDirectory, ".config");
  return join(directory, "slipway", "config.json");
}

/** What was stored; nothing stored is an empty configuration. */
export function readConfiguration(path: string): Configuration {
  if (!existsSync(path)) return noConfiguration;
  const read = schema.safeParse(jsonOf(readFileSync(path, "utf8")));
  if (read.success) return read.data;
  throw new UsageError(
    `${path} is not a valid configuration file.`,
    "Fix it, or delete it and run slipway login again.",
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Stores it for its owner alone, whole or not at all: it holds tokens. */
export function writeConfiguration(path: string, configuration: Configuration, unique: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${unique}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(configuration, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    // A umask takes away, and never adds; one that takes the owner's own rights would lock them out.
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
