import { readdirSync, readFileSync } from "node:fs";
import { lstat, readdir, statfs } from "node:fs/promises";
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
}

/** A file of `/proc` whose process may end while it is read. */
function readOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error) return "";
    throw error;
  }
}

function processRows(): Row[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    const stat = readOf(pid, "stat");
    // What stands after the command's name, which may hold anything (proc_pid_stat(5), from its third field on).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [parent, threads] = [Number(fields[1]), Number(fields[17])];
    return Number.isInteger(parent) && Number.isInteger(threads) ? [{ pid, parent, threads }] : [];
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

/** What each of these processes and all that descend from it use. */
export function usageOf(roots: readonly number[]): ReadonlyMap<number, Usage> {
  const rows = processRows();
  return new Map(
    roots.map((root) => {
      const tree = treeOf(root, rows);
      const memoryBytes = tree.map(({ pid }) => memoryOf(pid)).reduce((a, b) => a + b, 0);
      return [root, { processes: tree.reduce((sum, { threads }) => sum + threads, 0), memoryBytes }];
    }),
  );
}

/** How many bytes the files below take on the disk. What cannot be read, or vanishes meanwhile, counts nothing. */
export async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  let size = 0;
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) size += await sizeOf(path);
    else
      size += await lstat(path).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      );
  }
  return size;
}

/** What is free for ordinary users on the disk of that directory, and how large it is; `null`: the directory is gone. */
export async function diskOf(directory: string): Promise<{ readonly free: number; readonly total: number } | null> {
  try {
    const { bavail, blocks, bsize } = await statfs(directory);
    return { free: bavail * bsize, total: blocks * bsize };
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
