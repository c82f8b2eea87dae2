import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { removeTree, resolveIn } from "../images/tree.ts";
import { type Mount, NODE_HOME, planMounts, prepareMountPoints, refuseLoaderFiles, type Shown } from "./plan.ts";

/** How commands of an image are kept to their own files: bubblewrap, util-linux's `unshare`, or not at all. */
export type Sandbox = "bwrap" | "unshare" | "none";

export interface SandboxOptions {
  /** The tree that the command sees as `/` and may write. Give it one that may change. */
  readonly rootfs: string;
  /** Absolute, inside; must exist. */
  readonly workdir: string;
  /** The command's whole environment; Node is put first on its PATH. Names must be identifiers, others are left out. */
  readonly env: Readonly<Record<string, string>>;
  /** The host's `PATH`, where npm is looked for, and a home directory for commands that run without a sandbox. */
  readonly host: { readonly path: string; readonly home: string };
  /** Directories inside that are private, empty at first, and gone afterwards, besides `/tmp` and `/root`. */
  readonly empty?: readonly string[];
  readonly shown?: readonly Shown[];
}

/** What to start, with nothing inherited from this process's environment. */
export interface SandboxedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** To be called when the command has ended: takes the places for mounts out of the tree again. */
  release(): void;
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const PROBE_LIMIT_MS = 2000;

/**
 * Sets the command's own environment only once everything that held privileges is gone: a variable such as LD_PRELOAD must not
 * reach the programs that make the sandbox. Not by `env`, whose arguments every user of the machine could read.
 */
const ENTER = `names=$1
unset OLDPWD
shift
for name in $names; do eval "export $name=\\"\\$SANDBOXED_$name\\""; unset "SANDBOXED_$name"; done
exec "$@"`;

/**
 * Assembles the root and locks the command in. Sources below the tree are named relative to the working directory, which stays on
 * the tree itself while mounts pile up over its path; the host's files go before the image's in shared directories, so that no
 * image can replace what still runs here. Overlays need Linux 5.11; before that the host's directory alone is shown.
 */
const ASSEMBLE = `set -eu
root=$1 workdir=$2 enter=$3
shift 3
read_only() { mount -o remount,bind,ro "$1" 2>/dev/null || mount -o remount,bind,ro,nosuid,nodev "$1"; }
cd "$root"
mount --bind . "$root"
while [ "$1" != -- ]; do
  kind=$1 path=$2 source=$3 at=$root$2
  shift 3
  case $kind in
    system) mount -t overlay overlay -o "ro,lowerdir=$source:.$path" "$at" 2>/dev/null || { mount --rbind "$source" "$at"; read_only "$at"; } ;;
    own) mount -c --bind ".$path" "$at" ;;
    empty) mkdir -p "$at"; mount -t tmpfs -o mode=1777 tmpfs "$at" ;;
    shown)
      if [ -d "$source" ]; then mkdir -p "$at"; else mkdir -p "\${at%/*}"; [ -e "$at" ] || : >"$at"; fi
      mount --bind "$source" "$at"; read_only "$at" ;;
    link) mkdir -p "\${at%/*}"; ln -s "$source" "$at" ;;
    proc) mount -t proc proc "$at" 2>/dev/null || mount --rbind /proc "$at" ;;
    dev)
      mount -t tmpfs -o mode=755 tmpfs "$at"
      for name in null zero full random urandom tty; do : >"$at/$name"; mount --bind "/dev/$name" "$at/$name"; done
      ln -s /proc/self/fd "$at/fd"; ln -s fd/0 "$at/stdin"; ln -s fd/1 "$at/stdout"; ln -s fd/2 "$at/stderr"
      mkdir "$at/shm"; mount -t tmpfs -o mode=1777 tmpfs "$at/shm" ;;
  esac
done
shift
cd "$root"
pivot_root . .
umount -l .
cd "$workdir"
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs /bin/sh -c "$enter" sh "$@"`;

const BWRAP_ARGS: Readonly<Record<Mount["kind"], (mount: Mount, rootfs: string) => readonly string[]>> = {
  system: ({ path, source }, rootfs) => [
    "--overlay-src",
    join(rootfs, path),
    "--overlay-src",
    source,
    "--ro-overlay",
    path,
  ],
  own: ({ path }, rootfs) => ["--bind", join(rootfs, path), path],
  empty: ({ path }) => ["--perms", "1777", "--tmpfs", path],
  shown: ({ path, source }) => ["--ro-bind", source, path],
  link: ({ path, source }) => ["--symlink", source, path],
  proc: ({ path }) => ["--proc", path],
  dev: ({ path }) => ["--dev", path],
};

type Enclose = (
  mounts: readonly Mount[],
  options: SandboxOptions,
  entered: readonly string[],
) => readonly [string, ...string[]];

const ENCLOSE: Readonly<Record<Exclude<Sandbox, "none">, Enclose>> = {
  bwrap: (mounts, { rootfs, workdir }, entered) => [
    "bwrap",
    ...["--unshare-user", "--unshare-pid", "--die-with-parent", "--uid", "0", "--gid", "0", "--cap-drop", "ALL"],
    ...["--bind", rootfs, "/"],
    ...mounts.flatMap((mount) => BWRAP_ARGS[mount.kind](mount, rootfs)),
    ...["--chdir", workdir, "--", "/bin/sh", "-c", ENTER, "sh"],
    ...entered,
  ],
  unshare: (mounts, { rootfs, workdir }, entered) => [
    "unshare",
    ...["--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--"],
    ...["/bin/sh", "-c", ASSEMBLE, "sh", rootfs, workdir, ENTER],
    ...mounts.flatMap(({ kind, path, source }) => [kind, path, source]),
    "--",
    ...entered,
  ],
};

function onHost(argv: readonly string[], { rootfs, workdir, env, host }: SandboxOptions): SandboxedCommand {
  const [command = "", ...args] = argv;
  const path = `${dirname(process.execPath)}:${host.path}`;
  const cwd = resolveIn(rootfs, workdir);
  return { command, args, env: { ...env, PATH: path, HOME: host.home }, cwd, release: () => {} };
}

/**
 * What to start so that `argv` runs in the image. With a sandbox it sees the image's tree as `/`, which it may write; the host's
 * `/usr`, `/etc` and the like, which it may not; directories of its own below these, which again it may; nothing else of the
 * host's files; and the host's network. It has no privileges, and dies with the process that was started.
 * With `none` it runs on the host, only its working directory and environment are the image's.
 */
export function sandboxed(kind: Sandbox, argv: readonly string[], options: SandboxOptions): SandboxedCommand {
  if (kind === "none") return onHost(argv, options);
  const { rootfs, workdir, host, empty = [], shown = [] } = options;
  refuseLoaderFiles(rootfs);
  const mounts = planMounts({ rootfs, workdir, empty, shown, hostPath: host.path });
  const release = prepareMountPoints(rootfs, mounts);
  const env = { HOME: "/root", ...options.env, PATH: `${NODE_HOME}/bin:${options.env.PATH ?? DEFAULT_PATH}` };
  const passed = Object.entries(env).filter(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  const [command, ...args] = ENCLOSE[kind](mounts, options, [passed.map(([name]) => name).join(" "), ...argv]);
  const carried = passed.map(([name, value]) => [`SANDBOXED_${name}`, value] as const);
  return { command, args, env: { PATH: DEFAULT_PATH, ...Object.fromEntries(carried) }, cwd: "/", release };
}

/** Whether that sandbox works here, tried on an image that shares a directory with the host. */
async function works(kind: Exclude<Sandbox, "none">): Promise<boolean> {
  const rootfs = mkdtempSync(join(tmpdir(), "slipway-sandbox-"));
  mkdirSync(join(rootfs, "etc/slipway-sandbox"), { recursive: true });
  mkdirSync(join(rootfs, "app"));
  writeFileSync(join(rootfs, "etc/slipway-sandbox.conf"), "");
  const test = "test -e /etc/slipway-sandbox.conf && touch /app/x /etc/slipway-sandbox/x && ! touch /etc/x";
  const host = { path: "", home: rootfs };
  const { command, args, env, cwd, release } = sandboxed(kind, ["/bin/sh", "-c", test], {
    rootfs,
    workdir: "/app",
    env: {},
    host,
  });
  const worked = await new Promise<boolean>((resolve) => {
    execFile(command, args, { env, cwd, timeout: PROBE_LIMIT_MS, killSignal: "SIGKILL" }, (error) =>
      resolve(error === null),
    );
  });
  release();
  removeTree(rootfs);
  return worked;
}

/** The best sandbox that works on this machine; answers within 2 s for each that is tried. */
export async function sandboxAvailable(): Promise<Sandbox> {
  for (const kind of ["bwrap", "unshare"] as const) if (await works(kind)) return kind;
  return "none";
}
