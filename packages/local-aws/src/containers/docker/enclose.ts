import { join } from "node:path";
import type { Limits } from "./limits.ts";
import type { Mount } from "./plan.ts";

interface Enclosed {
  readonly rootfs: string;
  readonly workdir: string;
  readonly limits: Limits;
  /** Who the command is outside; `null`: who starts it. */
  readonly user: number | null;
  /** What is executed inside. */
  readonly argv: readonly string[];
}

type Enclose = (mounts: readonly Mount[], what: Enclosed) => readonly [string, ...string[]];

/**
 * Bounds the shell that runs this and whatever it becomes. When memory runs out on the machine, the kernel ends it before anything
 * else. The bound on private memory is each process's, and far above the limit, which is watched from outside.
 */
const BOUND = `processes=$1 files=$2 data=$3 niceness=$4
shift 4
echo 1000 >/proc/self/oom_score_adj
hard=$(ulimit -H -n)
[ "$hard" = unlimited ] || [ "$hard" -ge "$files" ] || files=$hard
prlimit --pid $$ --core=0 --nproc="$processes" --nofile="$files" --data="$data"
# Nobody may raise its own priority: who was started with a lower one keeps it.
[ "$(nice)" -ge "$niceness" ] || renice -n "$niceness" -p $$ >/dev/null`;

/**
 * Makes the assembled tree the root and gives up what is left of privileges. Until the tree is the root every program is the
 * host's; of what runs afterwards only `setpriv` and the shell still may do something, and both are the host's by their paths. No
 * further user namespace can be made below, in which whoever makes it would hold privileges again.
 */
const PIVOT = `set -eu
workdir=$1
shift
{ echo 0 >/proc/sys/user/max_user_namespaces; } 2>/dev/null || :
${BOUND}
setpriv=$(command -v setpriv)
mount --rbind /sys/root /sys/top
cd /sys/top
pivot_root . .
umount -l .
cd "$workdir"
exec "$setpriv" --pdeathsig KILL --bounding-set=-all --inh-caps=-all --no-new-privs "$@"`;

/**
 * Assembles the root below `/sys`, which nothing here needs and no source lies in. Sources below the tree are named relative to the
 * working directory, which stays on the tree itself while mounts pile up; the host's files go before the image's in shared
 * directories, so that no image can replace what still runs here, and nothing is mounted through a link, which would lead from the
 * tree into this machine's files. Overlays need Linux 5.11; before that the host's directory alone
 * is shown. Started by root it gives the tree to an unprivileged user and becomes that user before the image is entered, with the
 * mounts out of its reach; the directories that it makes for them have to be open to that user, however closed this process makes its own.
 */
const ASSEMBLE = `set -eu
umask 022
tree=$1 user=$2 pivot=$3
shift 3
straight() {
  rest=\${1#"$root"/} here=$root
  while :; do
    here=$here/\${rest%%/*}
    [ ! -L "$here" ] || { echo "$1 leads through a symbolic link" >&2; exit 1; }
    case $rest in */*) rest=\${rest#*/} ;; *) return 0 ;; esac
  done
}
read_only() { mount -o remount,bind,ro "$1" 2>/dev/null || mount -o remount,bind,ro,nosuid,nodev "$1"; }
cd "$tree"
[ -z "$user" ] || chown -hR "$user:$user" .
mount -t tmpfs -o mode=755,size=64k tmpfs /sys
root=/sys/root
mkdir "$root" /sys/top
mount --bind . "$root"
while [ "$1" != -- ]; do
  kind=$1 path=$2 source=$3 at=$root$2
  shift 3
  straight "$at"
  case $kind in
    system) mount -t overlay overlay -o "ro,lowerdir=$source:.$path" "$at" 2>/dev/null || { mount --rbind "$source" "$at"; read_only "$at"; } ;;
    own) mount -c --bind ".$path" "$at" ;;
    private) mkdir -p "$at"; mount --bind "$source" "$at" ;;
    volatile) mkdir -p "$at"; mount -t tmpfs -o mode=1777,size=16m tmpfs "$at" ;;
    hidden) mount -t tmpfs -o ro,mode=0,size=4k tmpfs "$at" ;;
    nulled) mount --bind /dev/null "$at" ;;
    sealed) mount --bind "$at" "$at"; read_only "$at" ;;
    shown)
      if [ -d "$source" ]; then mkdir -p "$at"; else mkdir -p "\${at%/*}"; [ -e "$at" ] || : >"$at"; fi
      mount --bind "$source" "$at"; read_only "$at" ;;
    link) mkdir -p "\${at%/*}"; ln -s "$source" "$at" ;;
    proc) mount -t proc proc "$at" ;;
    dev)
      mount -t tmpfs -o mode=755,size=64k tmpfs "$at"
      for name in null zero full random urandom tty; do : >"$at/$name"; mount --bind "/dev/$name" "$at/$name"; done
      ln -s /proc/self/fd "$at/fd"; ln -s fd/0 "$at/stdin"; ln -s fd/1 "$at/stdout"; ln -s fd/2 "$at/stderr"
      mkdir "$at/shm"; mount -t tmpfs -o mode=1777,size=64m tmpfs "$at/shm" ;;
  esac
done
shift
[ -n "$user" ] || exec /bin/sh -c "$pivot" sh "$@"
exec setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all --no-new-privs --pdeathsig KILL \\
  unshare --user --map-root-user --mount -- /bin/sh -c "$pivot" sh "$@"`;

const BWRAP_ARGS: Readonly<Record<Mount["kind"], (mount: Mount, rootfs: string) => readonly string[]>> = {
  system: ({ path, source }, rootfs) => [
    ...["--overlay-src", join(rootfs, path), "--overlay-src", source],
    ...["--ro-overlay", path],
  ],
  own: ({ path }, rootfs) => ["--bind", join(rootfs, path), path],
  private: ({ path, source }) => ["--bind", source, path],
  volatile: ({ path }) => ["--perms", "1777", "--size", String(16 * 1024 * 1024), "--tmpfs", path],
  hidden: ({ path }) => ["--perms", "0000", "--size", "4096", "--tmpfs", path, "--remount-ro", path],
  nulled: ({ path }) => ["--ro-bind", "/dev/null", path],
  sealed: ({ path }) => ["--ro-bind", path, path],
  shown: ({ path, source }) => ["--ro-bind", source, path],
  link: ({ path, source }) => ["--symlink", source, path],
  proc: ({ path }) => ["--proc", path],
  dev: ({ path }) => ["--dev", path, "--perms", "1777", "--size", String(64 * 1024 * 1024), "--tmpfs", `${path}/shm`],
};

const PROCESSES = ["--pid", "--fork", "--kill-child", "--", "/bin/sh", "-c"];
const UNSHARED = ["--mount", "--ipc", "--uts", "--cgroup", ...PROCESSES];

/**
 * The first process of the outer of two process namespaces. A command that is the first of its namespace may ask not to be killed
 * with its parent and leave its process group; nothing inside sees or reaches this one, which is killed, and takes all with it.
 */
const KEEPER = `exec 9>&2 2>/dev/null
"$@" 2>&9 9>&-
exit $?`;

/** One process may map this much more than the limit: what is mapped is not yet used. */
const SPARE_DATA_BYTES = 4 * 1024 ** 3;

const bounds = ({ processes, openFiles, memoryBytes, niceness }: Limits): string[] =>
  [processes, openFiles, memoryBytes + SPARE_DATA_BYTES, niceness].map(String);

/** The command line that runs `argv` in a sandbox of that kind. */
export const ENCLOSE: Readonly<Record<"bwrap" | "unshare", Enclose>> = {
  bwrap: (mounts, { rootfs, workdir, limits, argv }) => [
    "bwrap",
    ...[
      "--unshare-user",
      "--disable-userns",
      "--unshare-pid",
      "--unshare-ipc",
      "--unshare-uts",
      "--unshare-cgroup-try",
    ],
    ...["--die-with-parent", "--uid", "0", "--gid", "0", "--cap-drop", "ALL", "--bind", rootfs, "/"],
    ...mounts.flatMap((mount) => BWRAP_ARGS[mount.kind](mount, rootfs)),
    ...["--chdir", workdir, "--", "/bin/sh", "-c", `set -eu\n${BOUND}\nexec "$@"`, "sh", ...bounds(limits), ...argv],
  ],
  unshare: (mounts, { rootfs, workdir, limits, user, argv }) => [
    "unshare",
    ...(user === null ? ["--user", "--map-root-user"] : []),
    ...[...UNSHARED, KEEPER, "sh", "unshare", ...PROCESSES],
    ...[ASSEMBLE, "sh", rootfs, user === null ? "" : String(user), PIVOT],
    ...mounts.flatMap(({ kind, path, source }) => [kind, path, source]),
    ...["--", workdir, ...bounds(limits), ...argv],
  ],
};
