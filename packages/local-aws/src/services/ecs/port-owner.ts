import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { descendantsOf } from "../../containers/docker/usage.ts";
import { inKernelsOrder, socketStates } from "../../kernel/socket-table.ts";

/** Who listens where a task is to be reached. */
export type PortOwner = "nobody" | "task" | "other";

const LOOPBACK = inKernelsOrder("127.0.0.1");
/** 127.0.0.1 and all that include it, as `/proc/net/tcp` and `tcp6` write them. */
const REACHED = [
  ...[LOOPBACK, "00000000"],
  ...[`0000000000000000${inKernelsOrder("0.0.255.255")}${LOOPBACK}`, "00000000000000000000000000000000"],
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

interface Listener {
  readonly inode: string;
  readonly port: number;
  /** Whether it answers on 127.0.0.1. */
  readonly isReached: boolean;
}

/** The fields of all sockets of this machine in that state: proc_net_tcp(5). */
const rows = (wanted: string): string[][] =>
  ["tcp", "tcp6"].flatMap((table) =>
    readIfThere(() => readFileSync(`/proc/net/${table}`, "utf8"), "")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === wanted),
  );

/** All sockets of this machine that listen. */
const listeners = (): Listener[] =>
  rows(socketStates.listening).map((fields) => {
    const [address = "", port = ""] = (fields[1] ?? "").split(":");
    return { inode: fields[9] ?? "", port: Number.parseInt(port, 16), isReached: REACHED.includes(address) };
  });

/** The inodes of the sockets that listen on that port of 127.0.0.1. */
const listenersOn = (port: number): string[] =>
  listeners().flatMap((one) => (one.isReached && one.port === port ? [one.inode] : []));

/** The ports on which the processes that descend from `root` listen, in ascending order, each once. */
export function listenedPorts(root: number): Pick<Listener, "port" | "isReached">[] {
  const own = new Set(descendantsOf(root).flatMap((pid) => socketsOf(pid).map(([inode]) => inode)));
  const found = listeners().filter(({ inode }) => own.has(inode));
  const ports = [...new Set(found.map(({ port }) => port))].sort((one, other) => one - other);
  return ports.map((port) => ({ port, isReached: found.some((one) => one.port === port && one.isReached) }));
}

const socketAt = (path: string): string | undefined =>
  /^socket:\[(\d+)\]$/.exec(readIfThere(() => readlinkSync(path), ""))?.[1];

/** The inodes of a process's sockets, each with the path that leads to it. */
function socketsOf(pid: number): (readonly [inode: string, path: string])[] {
  const fds = readIfThere(() => readdirSync(`/proc/${pid}/fd`), []);
  return fds.flatMap((fd) => {
    const path = `/proc/${pid}/fd/${fd}`;
    const inode = socketAt(path);
    return inode === undefined ? [] : [[inode, path] as const];
  });
}

/** Whether a process that descends from one of `roots` has the end `from` of a connection on this machine to the port `to`. */
export function holdsConnection(roots: readonly number[], from: number, to: number): boolean {
  const portOf = (end = ""): number => Number.parseInt(end.split(":")[1] ?? "", 16);
  const inodes = rows(socketStates.established)
    .filter(([, near, far]) => portOf(near) === from && portOf(far) === to)
    .map((fields) => fields[9]);
  if (inodes.length === 0) return false;
  return roots.some((root) =>
    descendantsOf(root).some((pid) => socketsOf(pid).some(([inode]) => inodes.includes(inode))),
  );
}

/**
 * Writing the table of sockets takes the kernel some milliseconds, more the more connections there are, and each running task
 * is looked after twice a second. While a task holds what it listens with, another program can only listen beside it, which
 * both must want: for that it is enough to check now and then.
 */
const TRUSTED_TIMES = 9;

/**
 * Whether it is the task whose processes descend from `root` that answers on a port of 127.0.0.1, each time it is asked. All share
 * this machine's network: between the choice of a port and the task's own binding, any program may take it. Sockets that were the
 * task's once are known again by their numbers.
 */
export function watchPort(port: number, root: number): () => PortOwner {
  let own: ReadonlyMap<string, string> = new Map();
  let listeners: readonly string[] = [];
  let trusted = 0;
  const holdsAll = (): boolean => listeners.every((inode) => socketAt(own.get(inode) ?? "") === inode);
  const poll = (): PortOwner => {
    listeners = listenersOn(port);
    if (listeners.length === 0) return "nobody";
    const known = (): boolean => listeners.every((inode) => own.has(inode));
    if (known()) return "task";
    own = new Map(descendantsOf(root).flatMap(socketsOf));
    return known() ? "task" : "other";
  };
  return () => {
    if (trusted > 0 && holdsAll()) {
      trusted -= 1;
      return "task";
    }
    const owner = poll();
    trusted = owner === "task" ? TRUSTED_TIMES : 0;
    return owner;
  };
}
