import { lstatSync, type Stats } from "node:fs";

/** This user's number; on a platform without such numbers every file counts as one's own. */
const ownId = (): number | null => process.getuid?.() ?? null;

const kinds = {
  directory: (stats: Stats) => stats.isDirectory(),
  file: (stats: Stats) => stats.isFile(),
  socket: (stats: Stats) => stats.isSocket(),
} as const;

/**
 * Why something in the file system cannot be trusted to be this user's own and nobody else's; `null`: it is. Links are not
 * followed. Throws where it is not there.
 */
export function objectionTo(path: string, kind: keyof typeof kinds): string | null {
  const stats = lstatSync(path);
  if (!kinds[kind](stats)) return `${path} is not a ${kind}.`;
  const own = ownId();
  if (own !== null && stats.uid !== own) return `${path} belongs to another user.`;
  if ((stats.mode & 0o077) === 0) return null;
  return `${path} is open to other users (mode ${(stats.mode & 0o777).toString(8).padStart(4, "0")}).`;
}

/** Whether an error of the file system says that something is not there. */
export const isAbsent = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  "code" in error &&
  (error.code === "ENOENT" || error.code === "ENOTDIR");
