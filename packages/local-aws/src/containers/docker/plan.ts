import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isStraight } from "../images/tree.ts";

/**
 * `system`: the host's directory, with the image's files behind it, read-only. `own`: a directory of the image below such a one,
 * writable. `private`: an empty directory on the disk, gone afterwards. `volatile`: a small one in memory. `hidden`: nobody sees what
 * is there. `nulled`: the same for a file. `sealed`: what is there, read-only.
 */
type MountKind =
  | ("system" | "own" | "private" | "volatile" | "hidden" | "nulled" | "sealed")
  | ("shown" | "link" | "proc" | "dev");

/** One thing to mount, at `path` inside. They are carried out in order. */
export interface Mount {
  readonly kind: MountKind;
  readonly path: string;
  /** `system`, `shown`, `private`: what on the host. `link`: what it points to. Otherwise empty. */
  readonly source: string;
}

/** A host file or directory that can be read at `target` inside. */
export interface Shown {
  readonly source: string;
  readonly target: string;
}

/** Top-level directories that come from the host, where it has them, and are read-only inside. */
export const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/nix"];
/** Where this machine's programs and their libraries lie, which still run with privileges when the image is in place. */
const HOLDS_PROGRAMS = /^\/((usr\/)?(local\/)?(bin|sbin|lib[^/]*)|nix)(\/|$)/;
/** What container runtimes keep from containers: https://github.com/moby/moby/blob/master/daemon/pkg/oci/defaults.go */
const HIDDEN = ["/proc/acpi", "/proc/asound", "/proc/scsi"];
const NULLED = ["kcore", "keys", "key-users", "latency_stats", "timer_list", "timer_stats", "sched_debug"]
  .concat(["interrupts", "kallsyms", "kmsg", "kpagecount", "kpageflags", "kpagecgroup", "vmallocinfo", "slabinfo"])
  .map((name) => `/proc/${name}`);
const SEALED = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
/** Files of an image that would be loaded into the programs that set the sandbox up. */
const LOADED_BY_THE_LINKER = /^ld\.so\.preload$|^ld-musl-.*\.path$/;
/** Where Node stands inside: below a private directory, so that no image and no host path is in its way. */
export const NODE_HOME = "/run/node";

const isDirectory = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
const mount = (kind: Mount["kind"], path: string, source = ""): Mount => ({ kind, path, source });

/** The topmost directories of an image below `path` that the host does not have: they are the image's own, and may be written. */
function ownDirectories(rootfs: string, path: string): string[] {
  if (!isDirectory(join(rootfs, path))) return [];
  return readdirSync(join(rootfs, path))
    .map((name) => join(path, name))
    .filter((below) => isDirectory(join(rootfs, below)))
    .flatMap((below) => (isDirectory(below) ? ownDirectories(rootfs, below) : [below]));
}

function systemMounts(rootfs: string, workdir: string): Mount[] {
  const system = SYSTEM.filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
  // Without one of its own in the image the host's is shown, because tools are installed there.
  if (!exists(join(rootfs, "/opt")) && exists("/opt")) system.push("/opt");
  const own = system.flatMap((path) => ownDirectories(rootfs, path));
  const hidesPrograms = HOLDS_PROGRAMS.test(workdir) && exists(workdir);
  const below = workdir.split("/").length > 3 && system.some((path) => workdir.startsWith(`${path}/`));
  const deep = below && !hidesPrograms;
  if (deep && !own.some((path) => `${workdir}/`.startsWith(`${path}/`))) own.push(workdir);
  return [...system.map((path) => mount("system", path, path)), ...own.map((path) => mount("own", path))];
}

/** Node as it runs here, and the npm that the host's PATH finds, at {@link NODE_HOME}. */
function nodeMounts(hostPath: string): Mount[] {
  const npm = hostPath
    .split(":")
    .map((dir) => join(dir, "npm"))
    .filter((path) => dirname(path) !== "." && existsSync(path))
    .map((path) => realpathSync(path))
    .find((path) => path.endsWith("/bin/npm-cli.js"));
  const modules = "lib/node_modules/npm";
  return [
    mount("shown", `${NODE_HOME}/bin/node`, realpathSync(process.execPath)),
    ...(npm === undefined
      ? []
      : [
          mount("shown", `${NODE_HOME}/${modules}`, dirname(dirname(npm))),
          mount("link", `${NODE_HOME}/bin/npm`, `../${modules}/bin/npm-cli.js`),
          mount("link", `${NODE_HOME}/bin/npx`, `../${modules}/bin/npx-cli.js`),
        ]),
  ];
}

const procMounts = (): Mount[] => [
  mount("proc", "/proc"),
  ...HIDDEN.filter(isDirectory).map((path) => mount("hidden", path)),
  ...NULLED.filter(exists).map((path) => mount("nulled", path)),
  ...SEALED.filter(exists).map((path) => mount("sealed", path, path)),
];

/** What is mounted where, for a command that sees `rootfs` as `/`. */
export function planMounts(options: {
  readonly rootfs: string;
  readonly workdir: string;
  /** Directories inside that are private, and where on the host each of them lies, `/tmp` and `/root` among them. */
  readonly private: ReadonlyMap<string, string>;
  readonly shown: readonly Shown[];
  /** Directories of the host that nobody inside may see, should they lie in what is shown. */
  readonly hidden: readonly string[];
  readonly hostPath: string;
}): Mount[] {
  const { rootfs, workdir, hostPath } = options;
  const system = systemMounts(rootfs, workdir);
  const visible = (path: string): boolean =>
    system.some(({ kind, source }) => kind === "system" && path.startsWith(`${source}/`)) && isDirectory(path);
  return [
    ...system,
    ...options.hidden.filter(visible).map((path) => mount("hidden", path)),
    ...procMounts(),
    mount("dev", "/dev"),
    ...[...options.private].map(([path, source]) => mount("private", path, source)),
    mount("volatile", "/run"),
    ...nodeMounts(hostPath),
    ...options.shown.map(({ source, target }) => mount("shown", target, source)),
  ];
}

/** Which directories a command gets empty: what is asked for, `/tmp`, and a home directory, unless the image has its own. */
export const privatePaths = (rootfs: string, asked: readonly string[]): string[] => [
  ...["/tmp", "/root"].filter((path) => !exists(join(rootfs, path))),
  ...asked,
];

/** Throws where an image would get at the programs that run before it is locked in. */
export function refuseLoaderFiles(rootfs: string): void {
  const etc = join(rootfs, "etc");
  const found = isDirectory(etc) ? readdirSync(etc).find((name) => LOADED_BY_THE_LINKER.test(name)) : undefined;
  if (found !== undefined) throw new Error(`the image has /etc/${found}, which needs a container engine`);
}

const needsEngine = (path: string, why: string): Error =>
  new Error(`--mount at ${path} ${why}, which needs a container engine (docker or podman)`);

/**
 * Throws where a build names a place for a mount that this machine has a part in: what is mounted is put there while programs still
 * hold privileges, and they must neither be led out of the tree nor find anything but the host's files where they expect their own.
 */
export function refuseTarget(path: string, isFile: boolean): void {
  const top = `/${path.split("/")[1] ?? ""}`;
  if (["/", "/proc", "/sys", "/dev"].includes(top)) throw needsEngine(path, "is the sandbox's own");
  if (!SYSTEM.includes(top) && top !== "/opt") return;
  if (!isStraight("/", path)) throw needsEngine(path, "leads through a symbolic link of this machine");
  if (exists(path)) throw needsEngine(path, "covers what this machine shows there");
  if (isFile && exists(dirname(path))) throw needsEngine(path, "adds to what this machine shows there");
}

/** Makes one place to mount onto, never through a link, and answers the paths inside that had to be made, outermost first. */
function makeMountPoint(rootfs: string, path: string, file: boolean): string[] {
  const names = path.split("/").filter((name) => name !== "");
  return names.flatMap((_, index) => {
    const inside = join("/", ...names.slice(0, index + 1));
    const here = join(rootfs, inside);
    const last = index === names.length - 1;
    const stat = lstatSync(here, { throwIfNoEntry: false });
    if (stat === undefined) {
      if (last && file) writeFileSync(here, "");
      else mkdirSync(here);
      return [inside];
    }
    if (stat.isSymbolicLink())
      throw new Error(`${path} in the image leads through a symbolic link, which needs a container engine`);
    return [];
  });
}

/**
 * Makes the places to mount onto in the tree. The answer takes them away again after the command ended, as far as they are still
 * empty, so that they do not become part of the image.
 */
export function prepareMountPoints(rootfs: string, mounts: readonly Mount[]): () => void {
  const made: string[] = [];
  const fresh: string[] = [];
  for (const { kind, path, source } of mounts) {
    const inside = fresh.some((above) => path.startsWith(`${above}/`));
    if (path.startsWith("/proc/") || kind === "hidden") continue;
    if (!inside && kind !== "link")
      made.push(...makeMountPoint(rootfs, path, kind === "shown" && statSync(source).isFile()));
    if (kind === "private" || kind === "volatile") fresh.push(path);
  }
  return () => {
    for (const inside of made.reverse()) {
      // The command may have put a link in the way, to somewhere outside of its tree.
      if (!isStraight(rootfs, inside)) continue;
      const path = join(rootfs, inside);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat?.isDirectory() === true && readdirSync(path).length === 0) rmdirSync(path);
      else if (stat?.isFile() === true && stat.size === 0) rmSync(path);
    }
  };
}
