import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, type Stats } from "node:fs";
import { join, relative } from "node:path";
import { StartRefused } from "./refusal.ts";

const OTHERS = 0o077;

/**
 * Trees whose files have the modes that an image or a checkout gives them, by their paths below the data directory. Nobody else
 * gets to them, since what they lie in is closed; sandboxed commands see them by mounts.
 */
const TREES = [/^images\/[^/]+\/rootfs$/, /^images\/building-[^/]+$/, /^ecs\/tasks\/[^/]+$/, /^codebuild\/[^/]+$/];

const sentence = (dir: string, what: string): string => `The data directory ${dir} ${what}: name another with --data.`;

function close(path: string, stat: Stats, dir: string): void {
  if ((stat.mode & OTHERS) === 0) return;
  try {
    chmodSync(path, stat.mode & 0o7777 & ~OTHERS);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EPERM")) throw cause;
    throw new StartRefused(sentence(dir, `holds ${path}, which belongs to another user`), { cause });
  }
}

/** Takes other users' permissions away, of everything below; links are not followed. */
function closeAll(path: string, dir: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  const tree = TREES.some((pattern) => pattern.test(relative(dir, path)));
  close(path, stat, dir);
  if (!stat.isDirectory() || tree) return;
  for (const name of readdirSync(path)) closeAll(join(path, name), dir);
}

/**
 * Makes the data directory, or closes the one that is there, for everybody but this process's user, and sees to it that whatever
 * this process makes from now on is closed as well. Throws `StartRefused` for a directory that is somebody else's, and on a file
 * system that keeps no permissions.
 */
export function makeOwnerOnly(path: string): void {
  process.umask(OTHERS);
  mkdirSync(path, { recursive: true });
  const dir = realpathSync(path);
  const { uid } = lstatSync(dir);
  const self = process.getuid?.();
  if (self !== undefined && uid !== self) throw new StartRefused(sentence(path, "belongs to another user"));
  closeAll(dir, dir);
  if ((lstatSync(dir).mode & OTHERS) !== 0)
    throw new StartRefused(sentence(path, "is on a file system that keeps no permissions"));
}
