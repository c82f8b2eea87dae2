import { createHash, randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Whether an entry takes part, by its path relative to the root of the copy, `/` between names. A directory that does not is still entered. */
export type Include = (path: string, isDirectory: boolean) => boolean;

const LINKS_FOLLOWED_AT_MOST = 40;

/** The system takes no longer path, in bytes. */
const LONGEST_PATH = 4096;
/** Of a path that is too long its end is shown. */
const SHOWN = 60;

/** A tree is deeper than the system lets it be read or written. */
class PathTooLong extends Error {
  override readonly name = "PathTooLong";
  constructor(path: string) {
    super(
      `the path …${path.slice(-SHOWN)} is too long: with its directories it has more than the ${LONGEST_PATH} bytes that the system takes. Use fewer or shorter directories`,
    );
  }
}

/** What `run` yields; a path that is too long is said as such. */
function withinReach<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const { code, path = "" } = error as NodeJS.ErrnoException;
    throw code === "ENAMETOOLONG" ? new PathTooLong(path) : error;
  }
}

/**
 * The host path of `path` inside `root`, every symbolic link on the way followed as if `root` were `/`, so that nothing in a tree
 * can point out of it. With `followLast` false a link at the end is named, not followed. What does not exist is taken literally.
 * Throws {@link PathTooLong}.
 */
export const resolveIn = (root: string, path: string, followLast = true): string =>
  withinReach(() => pathIn(root, path, followLast));

function pathIn(root: string, path: string, followLast: boolean): string {
  let names = path.split("/");
  let at: string[] = [];
  for (let links = 0; names.length > 0; ) {
    const [name = "", ...rest] = names;
    names = rest;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = at.slice(0, -1);
      continue;
    }
    const here = join(root, ...at, name);
    const isLink = lstatSync(here, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (!isLink || (rest.length === 0 && !followLast)) {
      at.push(name);
      continue;
    }
    links += 1;
    if (links > LINKS_FOLLOWED_AT_MOST) throw new Error(`too many levels of symbolic links: ${path}`);
    const target = readlinkSync(here);
    if (target.startsWith("/")) at = [];
    names = [...target.split("/"), ...rest];
  }
  return join(root, ...at);
}

/** Whether no name on the way to `path` inside `root`, nor the last, is a symbolic link. */
export function isStraight(root: string, path: string): boolean {
  const names = path.split("/").filter((name) => name !== "");
  return names.every((_, index) => {
    const stat = lstatSync(join(root, ...names.slice(0, index + 1)), { throwIfNoEntry: false });
    return stat?.isSymbolicLink() !== true;
  });
}

/** Writes a file in place of whatever is there: a link of that name is replaced, not followed. */
export function writeNew(file: string, content: string, mode = 0o644): void {
  rmSync(file, { force: true });
  writeFileSync(file, content, { flag: "wx" });
  chmodSync(file, mode);
}

function copyFile(from: string, to: string, mode: number): void {
  rmSync(to, { force: true });
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  chmodSync(to, mode & 0o7777);
}

function copyLink(from: string, to: string): void {
  if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) rmSync(to, { recursive: true });
  symlinkSync(readlinkSync(from), to);
}

function copyDirectory(from: string, to: string, mode: number, include: Include, path: string): void {
  const wanted = path === "" || include(path, true);
  if (wanted) {
    if (lstatSync(to, { throwIfNoEntry: false })?.isDirectory() === false) rmSync(to);
    mkdirSync(to, { recursive: true });
  } else if (lstatSync(to, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    // What is brought back from below must not be written through a link.
    rmSync(to);
  }
  for (const name of readdirSync(from)) copyEntry(join(from, name), join(to, name), include, join(path, name));
  if (wanted) chmodSync(to, mode & 0o7777);
}

/**
 * Copies a file, a link (as a link) or a directory with all below it onto `to`, over what is there, with its permission bits.
 * Sockets, pipes and devices are left out. `include` gets `path` for `from` itself; an empty one is always included.
 * Throws {@link PathTooLong}.
 */
export const copyTree = (from: string, to: string, include: Include = () => true, path = ""): void =>
  withinReach(() => copyEntry(from, to, include, path));

function copyEntry(from: string, to: string, include: Include, path: string): void {
  const stat = lstatSync(from);
  if (stat.isDirectory()) {
    copyDirectory(from, to, stat.mode, include, path);
    return;
  }
  if (path !== "" && !include(path, false)) return;
  mkdirSync(dirname(to), { recursive: true });
  if (stat.isSymbolicLink()) copyLink(from, to);
  else if (stat.isFile()) copyFile(from, to, stat.mode);
}

/** A path that is longer is moved up: the system takes none of more than 4096 bytes, and a tree may be deeper than that. */
const LONG_PATH = 2048;

/**
 * Removes a tree, however deep, also one that holds directories without write permission. Absent is fine. Nobody else may still work
 * in it: whoever swapped a directory for a link meanwhile would lead this out of the tree.
 */
export function removeTree(path: string): void {
  const open = (at: string): void => {
    if (lstatSync(at, { throwIfNoEntry: false })?.isDirectory() !== true) return;
    chmodSync(at, 0o700);
    for (const name of readdirSync(at)) {
      const below = join(at, name);
      if (Buffer.byteLength(below) < LONG_PATH) open(below);
      else if (lstatSync(below).isDirectory()) {
        chmodSync(below, 0o700);
        const above = join(path, `deep-${randomUUID()}`);
        renameSync(below, above);
        open(above);
      }
    }
  };
  open(path);
  rmSync(path, { recursive: true, force: true });
}

export function sha256(bytes: string | Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

const CHUNK_BYTES = 1024 * 1024;

/** Of a file of any size, a piece at a time. */
function sha256OfFile(path: string): string {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) hash.update(chunk.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return `sha256:${hash.digest("hex")}`;
}

/** How many bytes a copy takes: the holes of a file take nothing in it and all of their length in its copy. Throws {@link PathTooLong}. */
export const copiedSize = (path: string): number => withinReach(() => sizeOf(path));

function sizeOf(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.isFile() ? stat.size : 0;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/**
 * What a tree holds, as text: one JSON array a line, `[path, kind, mode, content]`, sorted by path, where content is a file's
 * sha256 or a link's target. Owners and times are left out, so equal content is equal text. Throws {@link PathTooLong}.
 */
export function listing(root: string): string {
  const lines: string[] = [];
  const visit = (path: string): void => {
    const host = resolve(root, path);
    const stat = lstatSync(host);
    const mode = stat.mode & 0o7777;
    if (stat.isSymbolicLink()) lines.push(JSON.stringify([path, "link", 0, readlinkSync(host)]));
    else if (stat.isFile()) lines.push(JSON.stringify([path, "file", mode, sha256OfFile(host)]));
    else if (stat.isDirectory()) {
      if (path !== "") lines.push(JSON.stringify([path, "directory", mode, ""]));
      for (const name of readdirSync(host).sort()) visit(join(path, name));
    }
  };
  withinReach(() => visit(""));
  return `${lines.join("\n")}\n`;
}
