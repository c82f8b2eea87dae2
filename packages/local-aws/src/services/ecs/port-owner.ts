import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { descendantsOf } from "../../containers/docker/usage.ts";

/** Who listens where a task is to be reached. */
export type PortOwner = "nobody" | "task" | "other";

const LISTENING = "0A";
/** 127.0.0.1 and all that include it, as `/proc/net/tcp` and `tcp6` write them on little-endian machines. */
const REACHED = [
  ...["0100007F", "00000000"],
  ...["0000000000000000FFFF00000100007F", "00000000000000000000000000000000"],
];

function readIfThere<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    // A process that ended, or a table that this kernel does not have.
    if (typeof error === "object" && error !== null && "code" in error) return otherwise;
    throw error;
  }
}

/** The inodes of the sockets that listen on that port of 127.0.0.1. */
function listenersOn(port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return ["tcp", "tcp6"].flatMap((table) =>
    readIfThere(() => readFileSync(`/proc/net/${table}`, "utf8"), "")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local = "", , state]) => state === LISTENING && REACHED.some((it) => local === `${it}:${wanted}`))
      .map((fields) => fields[9] ?? ""),
  );
}

function socketsOf(pid: number): string[] {
  const fds = readIfThere(() => readdirSync(`/proc/${pid}/fd`), []);
  return fds.flatMap((fd) => {
    const target = readIfThere(() => readlinkSync(`/proc/${pid}/fd/${fd}`), "");
    return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
  });
}

/**
 * Whether it is the task whose processes descend from `root` that answers on a port of 127.0.0.1, each time it is asked. All share
 * this machine's network: between the choice of a port and the task's own binding, any program may take it. Sockets that were the
 * task's once are known again by their numbers.
 */
export function watchPort(port: number, root: number): () => PortOwner {
  let own: ReadonlySet<string> = new Set();
  return () => {
    const listeners = listenersOn(port);
    if (listeners.length === 0) return "nobody";
    const known = (): boolean => listeners.every((inode) => own.has(inode));
    if (known()) return "task";
    own = new Set(descendantsOf(root).flatMap(socketsOf));
    return known() ? "task" : "other";
  };
}
