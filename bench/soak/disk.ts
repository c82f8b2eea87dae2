import { execFileSync } from "node:child_process";
import { closeSync, constants, cpSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A small disk of its own for a data directory, which can be filled. */
export interface Disk {
  readonly path: string;
  fill(): void;
  free(): void;
  /** Unmounts it; what lies on it is kept at `copy`, if that is named. */
  remove(copy: string | null): void;
}

const chunk = Buffer.alloc(1024 * 1024);

/** A tmpfs at `path`; `null` where this user may not mount one. */
export function mountDisk(path: string, megabytes: number): Disk | null {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return null;
  mkdirSync(path, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    // In a container even root may not.
    return null;
  }
  const ballast = join(path, "ballast");
  let mounted = true;
  const unmount = (): void => {
    if (mounted) execFileSync("umount", ["--lazy", path]);
    mounted = false;
  };
  // However the campaign ends.
  process.once("exit", unmount);
  return {
    path,
    fill: () => {
      const file = openSync(ballast, constants.O_CREAT | constants.O_WRONLY | constants.O_APPEND);
      for (const piece of [chunk, chunk.subarray(0, 4096)]) while (hasRoom(file, piece));
      closeSync(file);
    },
    free: () => rmSync(ballast, { force: true }),
    remove: (copy) => {
      if (copy !== null) cpSync(path, copy, { recursive: true, verbatimSymlinks: true });
      unmount();
      process.off("exit", unmount);
    },
  };
}

function hasRoom(file: number, piece: Buffer): boolean {
  try {
    return writeSync(file, piece) === piece.length;
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ENOSPC") return false;
    throw error;
  }
}
