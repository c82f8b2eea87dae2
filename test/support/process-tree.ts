import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process and everything that descends from it, by number. */
export function processTree(root: number): readonly number[] {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const tree = [root];
  for (const parent of tree)
    tree.push(...rows.flatMap(([pid, ppid]) => (ppid === parent && pid !== undefined ? [pid] : [])));
  return tree;
}

/** Those of the processes that still run. */
export function stillRunning(pids: readonly number[]): readonly number[] {
  const rows = execFileSync("ps", ["-eo", "pid=,stat="], { encoding: "utf8" }).trim().split("\n");
  const alive = rows.map((line) => line.trim().split(/\s+/)).filter(([, state]) => !state?.startsWith("Z"));
  return pids.filter((pid) => alive.some(([number]) => Number(number) === pid));
}

const listening = "0A";
/** 127.0.0.1, ::1 and ::ffff:127.0.0.1, as the kernel writes them on little-endian machines. */
const loopback = ["0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"];

interface Listening {
  readonly address: string;
  readonly isLoopback: boolean;
}

/** Addresses (`<hex address>:<hex port>`) on which the processes listen, as /proc lists them: Linux only. */
export function listeningAddresses(pids: readonly number[]): readonly Listening[] {
  return pids.flatMap((pid) => {
    const inodes = socketsOf(pid);
    return ["tcp", "tcp6"].flatMap((table) =>
      readFileSync(`/proc/${pid}/net/${table}`, "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[3] === listening && inodes.has(fields[9] ?? ""))
        .map(([, address = ""]) => ({ address, isLoopback: loopback.includes(address.split(":")[0] ?? "") })),
    );
  });
}

/** The ports of {@link listeningAddresses}, each once. */
export const listeningPorts = (pids: readonly number[]): number[] => [
  ...new Set(listeningAddresses(pids).map(({ address }) => Number.parseInt(address.split(":")[1] ?? "", 16))),
];

/** The names of the Unix sockets that the processes listen on or bound; abstract ones begin with `@`. */
export function unixSockets(pids: readonly number[]): string[] {
  return pids.flatMap((pid) => {
    const inodes = socketsOf(pid);
    return readFileSync(`/proc/${pid}/net/unix`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => inodes.has(fields[6] ?? "") && fields[7] !== undefined)
      .map((fields) => fields[7] ?? "");
  });
}

function socketsOf(pid: number): ReadonlySet<string> {
  const inodes = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch (error) {
      // A descriptor that was closed since it was listed.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  });
  return new Set(inodes);
}

/** The command lines, after their process ids, that name something, such as a directory. */
export const commandLinesWith = (text: string): string[] =>
  execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(text) && !line.includes("ps -eo"));
