import { execFileSync, type StdioOptions, spawn } from "node:child_process";
import { chmodSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { enginePath } from "@slipway/local-aws/containers/docker/engine-choice";
import { eventually, temporaryDirectory } from "../support/local-mode.ts";
import { engine } from "./engine.ts";

/** Of the machine: the base image that `boot` imports as well. */
const base = { archive: "/base.tar", name: "docker.io/library/node:24-alpine" };

/** An engine of a test's own, which may be killed or filled without anybody else noticing. */
export interface OwnEngine {
  /** With which a local mode uses it. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its containers reach this machine; `null`: nowhere. */
  readonly gateway: string | null;
  /** What its command says. */
  ask(...args: readonly string[]): string;
  /** Ends all of it by SIGKILL at once: the daemon, or podman's commands and what watches its containers. */
  kill(): void;
  /** Starts it again; of podman nothing is needed. */
  start(): Promise<void>;
  /** Ends it, and removes all it has. */
  remove(): void;
}

export interface OwnEngineOptions {
  /** The room that it has for all it stores, in MB; as much as the disk if absent. */
  readonly megabytes?: number;
  /** What Docker's containers are made with, as a path; runc if absent. */
  readonly runtime?: string;
}

/** Starts an engine with the base image `node:24-alpine`. */
export async function ownEngine({ megabytes, runtime }: OwnEngineOptions = {}): Promise<OwnEngine> {
  const directory = temporaryDirectory();
  if (megabytes !== undefined) execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", directory]);
  const own = engine === "docker" ? ownDocker(directory, runtime) : ownPodman(directory);
  await own.start();
  own.ask(...imported);
  return {
    ...own,
    kill: () => killAll(directory),
    remove: () => {
      killAll(directory);
      unmountBelow(directory);
      if (megabytes !== undefined) execFileSync("umount", ["--lazy", directory]);
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const imported = [
  "import",
  ...["-c", "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
  ...["-c", 'CMD ["node"]'],
  ...[base.archive, base.name],
];

/** Another store needs no more than another directory, which no variable names: the command does. */
function ownPodman(directory: string): Omit<OwnEngine, "kill" | "remove"> {
  const bin = join(directory, "bin");
  const command = join(bin, "podman");
  const stores = ["--root", join(directory, "storage"), "--runroot", join(directory, "run")];
  mkdirSync(bin);
  writeFileSync(command, `#!/bin/sh\nexec ${enginePath("podman", process.env.PATH ?? "")} ${stores.join(" ")} "$@"\n`);
  chmodSync(command, 0o755);
  return {
    env: { PATH: `${bin}${delimiter}${process.env.PATH}` },
    gateway: null,
    ask: (...args) => execFileSync(command, args, { encoding: "utf8", stdio: quiet }).trim(),
    start: async () => {},
  };
}

let bridges = 0;

function ownDocker(directory: string, runtime: string | undefined): Omit<OwnEngine, "kill" | "remove"> {
  const host = `unix://${join(directory, "docker.sock")}`;
  const bridge = `slipway${process.pid % 10_000}x${++bridges}`;
  const gateway = `10.${80 + (process.pid % 100)}.${bridges}.1`;
  execFileSync("ip", ["link", "add", bridge, "type", "bridge"]);
  execFileSync("ip", ["address", "add", `${gateway}/24`, "dev", bridge]);
  execFileSync("ip", ["link", "set", bridge, "up"]);
  const args = [
    ...["--host", host, "--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")],
    ...["--pidfile", join(directory, "docker.pid"), "--bridge", bridge, "--iptables=false"],
    ...["--storage-driver", "overlay2", "--exec-opt", "native.cgroupdriver=cgroupfs"],
    ...["--cgroup-parent", `/${process.env.GROUP}`],
    ...["--default-ulimit", "nofile=20000:20000", "--default-ulimit", "nproc=4096:4096"],
    ...(runtime === undefined ? [] : ["--add-runtime", `own=${runtime}`, "--default-runtime", "own"]),
  ];
  const ask = (...words: readonly string[]): string =>
    execFileSync("docker", ["--host", host, ...words], { encoding: "utf8", stdio: quiet }).trim();
  return {
    env: { DOCKER_HOST: host },
    gateway,
    ask,
    start: async () => {
      // Of a daemon that was killed.
      rmSync(join(directory, "docker.pid"), { force: true });
      const log = openSync(join(directory, "dockerd.log"), "a");
      spawn("dockerd", args, { detached: true, stdio: ["ignore", log, log] }).unref();
      await eventually("the daemon answers", () => answers(ask));
    },
  };
}

/** What it says on stderr is in its error, and in no test's output. */
const quiet: StdioOptions = ["ignore", "pipe", "pipe"];

function answers(ask: OwnEngine["ask"]): true | undefined {
  try {
    ask("info");
    return true;
  } catch {
    return undefined;
  }
}

/** What an engine consists of, as the kernel names it. What sweeps up behind it is the local mode's. */
const engines = /^(?:podman|conmon|crun|runc|docker|containerd)/;

/** The processes of engines whose command lines name the directory. */
function killAll(directory: string): void {
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const isEngine = engines.test(readFileSync(`/proc/${name}/comm`, "utf8"));
      if (isEngine && readFileSync(`/proc/${name}/cmdline`, "utf8").includes(directory))
        process.kill(Number(name), "SIGKILL");
    } catch (error) {
      // It ended since it was listed.
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
}

/** What the engine mounted there, the innermost first. */
function unmountBelow(directory: string): void {
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${directory}/`));
  for (const path of mounts.toReversed()) execFileSync("umount", ["--lazy", path]);
}
