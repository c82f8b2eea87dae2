import { readdirSync, readFileSync } from "node:fs";
import { lstat, readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";

export interface Usage {
  /** Threads, as the kernel counts them against its limit. */
  readonly processes: number;
  /** What they have in memory that is no file's. */
  readonly memoryBytes: number;
}

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly threads: number;
  /** Of itself and of its children that have ended. */
  readonly cpuSeconds: number;
}

/** What Linux counts CPU time in, on every machine that Node.js runs on (sysconf(3), `_SC_CLK_TCK`). */
const TICKS_A_SECOND = 100;

/** A file of `/proc` whose process may end while it is read. */
function readOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error) return "";
    throw error;
  }
}

function processRows(except: ReadonlySet<number> = new Set()): Row[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || except.has(pid)) return [];
    const text = readOf(pid, "stat");
    // What stands after the command's name, which may hold anything (proc_pid_stat(5), from its third field on).
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [parent, threads] = [Number(fields[1]), Number(fields[17])];
    const cpuSeconds = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_A_SECOND;
    return Number.isInteger(parent) && Number.isInteger(threads) ? [{ pid, parent, threads, cpuSeconds }] : [];
  });
}

/** Anonymous and shared memory; pages of files can be dropped and are nobody's. */
function memoryOf(pid: number): number {
  const lines = readOf(pid, "status").matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm);
  return [...lines].reduce((sum, [, kb]) => sum + Number(kb) * 1024, 0);
}

/** A process and all that descend from it. In a process namespace nobody leaves the tree: orphans go to its first process. */
function treeOf(root: number, rows: readonly Row[]): Row[] {
  const children = Map.groupBy(rows, ({ parent }) => parent);
  const tree = rows.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** The numbers of a process and all that descend from it; none when it is gone. */
export const descendantsOf = (root: number): number[] => treeOf(root, processRows()).map(({ pid }) => pid);

/** The process that another started first and that still runs. */
export const firstChildOf = (root: number): number | undefined =>
  processRows().find(({ parent }) => parent === root)?.pid;

const usageIn = (tree: readonly Row[]): Usage => ({
  processes: tree.reduce((sum, { threads }) => sum + threads, 0),
  memoryBytes: tree.map(({ pid }) => memoryOf(pid)).reduce((a, b) => a + b, 0),
});

/** What a process and all that descend from it use. */
export const usageOf = (root: number): Usage => usageIn(treeOf(root, processRows()));

/** How often those are passed over that descend from none of the processes asked for, before all are looked at again. */
const TIMES_PASSED_OVER = 20;

/** What processes and all that descend from them use, to whoever asks again and again. */
export interface UsageReader {
  read(roots: readonly number[]): ReadonlyMap<number, Usage>;
  /** To be called before a process is asked for that was not: until then it counted as one of the machine's others. */
  forget(): void;
}

/**
 * Most processes of a machine are not the ones asked for, and each costs a file to read. One that descends from none of them never
 * will, until its number is given to another: so numbers are forgotten again.
 */
export function usageReader(): UsageReader {
  let others = new Set<number>();
  let times = 0;
  const forget = (): void => {
    others = new Set();
    times = 0;
  };
  return {
    forget,
    read: (roots) => {
      times += 1;
      if (times > TIMES_PASSED_OVER) forget();
      const rows = processRows(others);
      const trees = roots.map((root) => [root, treeOf(root, rows)] as const);
      const own = new Set(trees.flatMap(([, tree]) => tree.map(({ pid }) => pid)));
      for (const { pid } of rows) if (!own.has(pid)) others.add(pid);
      return new Map(trees.map(([root, tree]) => [root, usageIn(tree)]));
    },
  };
}

/** The CPU time of a process and all that descend from it; 0 when it is gone. */
export const cpuSecondsOf = (root: number): number =>
  treeOf(root, processRows()).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);

export interface Size {
  readonly bytes: number;
  /** Whether something below could not be read. */
  readonly hides: boolean;
}

/** Names cost as well: files without content and directories take inodes, of which a disk has one for so many bytes or more. */
const NAME_BYTES = 4096;

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
/** Gone meanwhile: with the file, or with its process. */
const isGone = (error: unknown): boolean => ["ENOENT", "ENOTDIR", "ESRCH"].includes(codeOf(error));

/** How much the files below take on the disk. What vanishes meanwhile counts nothing. */
export async function sizeOf(directory: string): Promise<Size> {
  let [bytes, hides] = [0, false];
  const unread = (error: unknown): undefined => {
    hides ||= !isGone(error);
  };
  const waiting = [directory];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const entries = (await readdir(at, { withFileTypes: true }).catch(unread)) ?? [];
    for (const entry of entries) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      const stat = entry.isDirectory() ? undefined : await lstat(path).catch(unread);
      bytes += Math.max(NAME_BYTES, (stat?.blocks ?? 0) * 512);
    }
  }
  return { bytes, hides };
}

/** Looked at in one go; whoever holds more open files than that hides some. */
const MAX_OPEN_FILES = 50_000;

/**
 * What the process and its descendants hold open on the disk of `directory` of files that have no name any more. Nothing
 * when the directory is gone.
 */
export async function namelessOf(root: number, directory: string): Promise<Size> {
  const disk = await lstat(directory).catch((error: unknown) => {
    if (isGone(error)) return null;
    throw error;
  });
  if (disk === null) return { bytes: 0, hides: false };
  const found = new Map<number, number>();
  let inspected = 0;
  for (const pid of descendantsOf(root)) {
    const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
    inspected += names.length;
    if (inspected > MAX_OPEN_FILES) return { bytes: sum(found.values()), hides: true };
    for (const name of names) {
      const file = await stat(`/proc/${pid}/fd/${name}`).catch(() => undefined);
      if (file?.isFile() === true && file.nlink === 0 && file.dev === disk.dev) found.set(file.ino, file.blocks * 512);
    }
  }
  return { bytes: sum(found.values()), hides: false };
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0);

export interface Disk {
  /** Bytes for ordinary users. */
  readonly free: number;
  readonly total: number;
  /** How many more files and directories it takes, and how many in all; 0 and 0 where there is no such bound. */
  readonly freeNames: number;
  readonly names: number;
}

/** The disk of that directory; `null`: the directory is gone. */
export async function diskOf(directory: string): Promise<Disk | null> {
  try {
    const { bavail, blocks, bsize, ffree, files } = await statfs(directory);
    return { free: bavail * bsize, total: blocks * bsize, freeNames: ffree, names: files };
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}
