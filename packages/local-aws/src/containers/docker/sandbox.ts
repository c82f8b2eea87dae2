import { execFile } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "../images/tree.ts";
import { ENCLOSE } from "./enclose.ts";
import { entering } from "./entering.ts";
import { type Limits, stepLimits } from "./limits.ts";
import { planMounts, prepareMountPoints, privatePaths, refuseLoaderFiles, refuseTarget, type Shown } from "./plan.ts";
import { DEFAULT_PATH, pathWithNode } from "./program-path.ts";
import { sandboxUser } from "./sandbox-user.ts";
import { firstChildOf } from "./usage.ts";

/** How commands of an image are kept to their own files: bubblewrap, or util-linux's `unshare`. */
export type Sandbox = "bwrap" | "unshare";

export interface SandboxOptions {
  /** The tree that the command sees as `/` and may write. Give it one that may change. */
  readonly rootfs: string;
  /** Absolute, inside; must exist. */
  readonly workdir: string;
  /** The command's whole environment; Node is put on its PATH before the machine's programs. */
  readonly env: Readonly<Record<string, string>>;
  /** The host's `PATH`, where npm is searched for, and directories that are hidden inside: the home directory, the data directory. */
  readonly host: { readonly path: string; readonly hidden: readonly string[] };
  /** An existing directory on the disk, for what is private to the command. */
  readonly scratch: string;
  readonly limits: Limits;
  /** Directories inside that are private, empty at first, and gone afterwards, besides `/tmp` and `/root`. */
  readonly empty?: readonly string[];
  readonly shown?: readonly Shown[];
  /** A file of this machine that the command sees as `/etc/hosts`; this machine's if absent. */
  readonly hosts?: string;
}

/** What to start, with nothing inherited from this process's environment. */
export interface SandboxedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Where on the disk it can write. */
  readonly writable: readonly string[];
  /** Ends it at once; `pid` is the process that was started. Should that one go on for seconds, it is to be killed itself. */
  kill(pid: number): void;
  /** To be called when the command has ended: takes the places for mounts out of the tree again. */
  release(): void;
}

/** Where the programs that make the sandbox are; an image can put nothing there before the host's. */
const MAKERS_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
/** A probe ends by itself; a machine that is busy with other things takes its time. */
const PROBE_LIMIT_MS = 60_000;

/** The private directories of a command, by their paths inside. */
function makePrivate(place: string, paths: readonly string[], user: number | null): Map<string, string> {
  const made = paths.map((path, index) => [path, join(place, String(index))] as const);
  for (const [, host] of made) {
    mkdirSync(host);
    chmodSync(host, 0o1777);
    if (user !== null) chownSync(host, user, user);
  }
  return new Map(made);
}

/**
 * What to start so that `argv` runs in the image. It sees the image's tree as `/`, which it may write; the host's `/usr`, `/etc` and
 * the like, which it may not; directories of its own below these, which again it may; nothing else of the host's files; its own
 * processes; and the host's network. It has no privileges, is bounded, and dies with the process that was started.
 */
export function sandboxed(kind: Sandbox, argv: readonly string[], options: SandboxOptions): SandboxedCommand {
  const { rootfs, workdir, host, limits, empty = [], shown = [], hosts } = options;
  refuseLoaderFiles(rootfs);
  for (const path of empty) refuseTarget(path, false);
  for (const { source, target } of shown) refuseTarget(target, !statSync(source).isDirectory());
  const user = sandboxUser();
  if (user === undefined) throw new Error("there is no unprivileged user here that a sandbox could be");
  const place = mkdtempSync(join(options.scratch, "private-"));
  const private_ = makePrivate(place, privatePaths(rootfs, empty), user);
  const { path: hostPath, hidden } = host;
  // Nobody but this program chooses where it comes to, so that it may cover what this machine shows there.
  const all = hosts === undefined ? shown : [...shown, { source: hosts, target: "/etc/hosts" }];
  const mounts = planMounts({ rootfs, workdir, private: private_, shown: all, hidden, hostPath });
  const release = prepareMountPoints(rootfs, mounts);
  const env = { HOME: "/root", ...options.env, PATH: pathWithNode(options.env.PATH ?? DEFAULT_PATH) };
  const inside = entering(argv, env);
  const [command, ...args] = ENCLOSE[kind](mounts, { rootfs, workdir, limits, user, argv: inside.argv });
  return {
    command,
    args,
    env: { PATH: MAKERS_PATH, ...inside.env },
    cwd: "/",
    writable: [rootfs, place],
    kill: (pid) => killInside(kind, pid),
    release: () => {
      release();
      removeTree(place);
    },
  };
}

/**
 * Kills all that runs in the sandbox of which `pid` was started. That process is left: it ends by itself, with 137, when nothing
 * inside is left, so that nobody still works in the tree when it is cleared away. Of `unshare` the inner one is killed, whose end
 * the outer namespace's first process answers with its own.
 */
function killInside(kind: Sandbox, pid: number): void {
  const keeper = firstChildOf(pid) ?? pid;
  const victim = kind === "bwrap" ? keeper : (firstChildOf(keeper) ?? keeper);
  try {
    process.kill(victim, "SIGKILL");
  } catch (error) {
    if (typeof error !== "object" || error === null || !("code" in error) || error.code !== "ESRCH") throw error;
  }
}

/** Whether that sandbox works here, tried on an image that shares a directory with the host. */
async function works(kind: Sandbox): Promise<boolean> {
  if (sandboxUser() === undefined) return false;
  const scratch = mkdtempSync(join(tmpdir(), "local-aws-sandbox-"));
  const rootfs = join(scratch, "rootfs");
  mkdirSync(join(rootfs, "etc/local-aws-sandbox"), { recursive: true });
  mkdirSync(join(rootfs, "app"));
  writeFileSync(join(rootfs, "etc/local-aws-sandbox.conf"), "");
  const test =
    "test -e /etc/local-aws-sandbox.conf && touch /app/x /etc/local-aws-sandbox/x && ! touch /etc/x && node -v";
  const { command, args, env, cwd, release } = sandboxed(kind, ["/bin/sh", "-c", test], {
    rootfs,
    workdir: "/app",
    env: {},
    host: { path: "", hidden: [] },
    scratch,
    limits: stepLimits(),
  });
  const worked = await new Promise<boolean>((resolve) => {
    execFile(command, args, { env, cwd, timeout: PROBE_LIMIT_MS, killSignal: "SIGKILL" }, (error) =>
      resolve(error === null),
    );
  });
  release();
  removeTree(scratch);
  return worked;
}

/**
 * The best sandbox that works on this machine; `null`: none does. Root's needs `unshare`: bubblewrap would have to be started by
 * somebody who may not read where the image lies.
 */
export async function sandboxAvailable(): Promise<Sandbox | null> {
  const kinds: readonly Sandbox[] = sandboxUser() === null ? ["bwrap", "unshare"] : ["unshare"];
  for (const kind of kinds) if (await works(kind)) return kind;
  return null;
}
