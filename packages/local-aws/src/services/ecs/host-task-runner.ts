import { constants as files, readFileSync, type Stats } from "node:fs";
import { cp, lstat, mkdir, readdir } from "node:fs/promises";
import { constants as system } from "node:os";
import { join } from "node:path";
import { type Exhausted, exhaustedSentence, taskLimits } from "../../containers/docker/limits.ts";
import { type Sandbox, type SandboxedCommand, sandboxed } from "../../containers/docker/sandbox.ts";
import { cpuSecondsOf, usageOf } from "../../containers/docker/usage.ts";
import { createWatch } from "../../containers/docker/watch.ts";
import type { HostsFiles } from "../../containers/hosts-files.ts";
import type { Images, StoredImage } from "../../containers/images/images.ts";
import { removeTree, resolveIn } from "../../containers/images/tree.ts";
import { createPace } from "../../containers/processes/pace.ts";
import type { GuardedProcess, Processes } from "../../containers/processes/processes.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { type OtherPort, watchOtherPorts } from "./other-port.ts";
import { cutLines } from "./output.ts";
import { holdsConnection, type PortOwner, watchPort } from "./port-owner.ts";
import type { TaskCredentials } from "./task-credentials.ts";
import { environmentOf, freePort } from "./task-environment.ts";
import {
  cannotPull,
  type RunningTask,
  type TaskEnd,
  type TaskOrder,
  type TaskRunner,
  TaskStartError,
} from "./task-runner.ts";

export interface HostTaskRunnerOptions {
  readonly processes: Processes;
  readonly images: Images;
  readonly sandbox: Sandbox;
  readonly credentials: TaskCredentials;
  /** This process's `PATH`, and directories that no app may see. */
  readonly host: { readonly path: string; readonly hidden: readonly string[] };
  /** The names that tasks know beside those of this machine; none if absent. */
  readonly hosts?: HostsFiles;
}

const thisMachinesHosts = (): string => readFileSync("/etc/hosts", "utf8");

const DEFAULT_WORKDIR = "/";
const PORT_CHECK_MS = 500;

interface PortGuard {
  readonly port: number;
  readonly pid: number;
  /** Ports that the image or the app names, the likeliest first. */
  readonly known: readonly number[];
  readonly onOtherProgram: (port: number) => void;
  /** The app was found listening elsewhere; once. */
  readonly onOtherPort: (other: OtherPort) => void;
  /** It listens on its own port after all; once, after it was found elsewhere. */
  readonly onOwnPort: (port: number) => void;
}

/** Polls which process listens on a task's port, and reports what {@link PortGuard} names. Call the result to stop. */
function guardPort(clock: Pick<Clock, "after">, guard: PortGuard): () => void {
  const ownNow = watchPort(guard.port, guard.pid);
  const elsewhereNow = watchOtherPorts(guard.pid, guard.port, guard.known);
  /** Where it is reached while it does not listen on its own port. */
  let other: { readonly port: number; readonly ownerNow: () => PortOwner } | undefined;
  let isSettled = false;
  /** Which port seemed to be another program's at the check before. */
  let takenBefore: number | undefined;
  const judge = (): boolean => {
    const own = ownNow();
    const taken = own === "other" ? guard.port : other?.ownerNow() === "other" ? other.port : undefined;
    // While a process ends, nobody holds its sockets for a moment: only at the next check they are certainly somebody else's.
    const isCertain = taken !== undefined && taken === takenBefore;
    takenBefore = taken;
    if (isCertain) guard.onOtherProgram(taken);
    if (taken !== undefined) return !isCertain;
    if (own === "task" && other !== undefined) guard.onOwnPort(guard.port);
    if (own === "task") {
      other = undefined;
      isSettled = true;
    }
    const found = isSettled ? undefined : elsewhereNow();
    if (found === undefined) return true;
    // Said once; its own port is still waited for.
    isSettled = true;
    if (found.port !== null) other = { port: found.port, ownerNow: watchPort(found.port, guard.pid) };
    guard.onOtherPort(found);
    return true;
  };
  let cancel = clock.after(PORT_CHECK_MS, check);
  function check(): void {
    if (judge()) cancel = clock.after(PORT_CHECK_MS, check);
  }
  return () => cancel();
}

/** What the app says its port is, then what its image exposes. */
function knownPorts({ container }: TaskOrder, { config }: StoredImage): number[] {
  const exposed = Object.keys(config.ExposedPorts).flatMap((one) =>
    one.endsWith("/tcp") ? [Number.parseInt(one, 10)] : [],
  );
  return [...container.portMappings.map(({ containerPort }) => containerPort), ...exposed];
}

function imageOf(images: Images, name: string): StoredImage {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(name)?.[1];
  const image = digest === undefined ? undefined : images.path(digest);
  if (image !== undefined) return image;
  throw cannotPull(name);
}

/** Pipes and sockets are left out: nobody is at their other end, and a copy would wait for one. */
const isCopied = (stat: Stats): boolean => stat.isFile() || stat.isDirectory() || stat.isSymbolicLink();

/** What docker would execute. */
function commandOf({ container }: TaskOrder, { config }: StoredImage): string[] {
  const entry = container.entryPoint ?? config.Entrypoint ?? [];
  // An entry point of the task's own resets the image's command, as with docker.
  const command = container.command ?? (container.entryPoint === undefined ? (config.Cmd ?? []) : []);
  const argv = [...entry, ...command];
  if (argv.length > 0) return argv;
  throw new TaskStartError(
    "CannotStartContainerError: no command specified: neither the image nor the task definition names one",
  );
}

const signalNumber = (signal: string): number =>
  Object.entries(system.signals).find(([name]) => name === signal)?.[1] ?? 0;

/** `SIGTERM`, `TERM` or `15`, as an image may say it. */
function stopSignal(wanted: string): NodeJS.Signals {
  const names = Object.entries(system.signals);
  const found = names.find(([name, number]) => [name, name.slice(3), String(number)].includes(wanted.toUpperCase()));
  const known = (["SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL"] as const).find(
    (name) => name === found?.[0],
  );
  return known ?? "SIGTERM";
}

function running(
  guarded: GuardedProcess,
  { port, onMoved }: Pick<RunningTask, "port"> & Required<Pick<RunningTask, "onMoved">>,
  signal: NodeJS.Signals,
  ended: () => Pick<TaskEnd, "reason">,
): RunningTask {
  const exited = guarded.exited.then(({ code, signal: killedBy }) => {
    const exitCode = code ?? 128 + signalNumber(killedBy ?? "");
    return { exitCode, ...ended() };
  });
  return {
    ...(port === undefined ? {} : { port, portInside: port }),
    onMoved,
    exited,
    cpuSeconds: () => cpuSecondsOf(guarded.pid),
    use: async () => {
      const { memoryBytes } = usageOf(guarded.pid);
      return { cpuSeconds: cpuSecondsOf(guarded.pid), memoryBytes };
    },
    stop: async (graceMs) => {
      await guarded.stop(graceMs, signal);
      await exited;
    },
  };
}

/**
 * Runs tasks without a container engine: each on a copy of its image's files, in the sandbox, with a port of its own in `PORT` if its
 * task definition maps one.
 */
export function createHostTaskRunner(context: LocalContext, options: HostTaskRunnerOptions): TaskRunner {
  const places = join(context.dataDir, "ecs", "tasks");
  const watch = createWatch(context.clock);
  const pace = createPace(context.clock);
  /** The first process of each task that runs. */
  const roots = new Map<string, number>();

  const forget = (taskId: string, place: string): void => {
    roots.delete(taskId);
    options.credentials.revoke(taskId);
    options.hosts?.close(taskId);
    removeTree(place);
  };

  /** Kills a task for what others do or it does, and says why, to the app's log as well; `end` ends that. */
  const supervise = (
    { memoryMb, onLines }: TaskOrder,
    { pid, stop }: GuardedProcess,
    {
      port,
      known,
      writable,
    }: Pick<RunningTask, "port"> & Pick<PortGuard, "known"> & Pick<SandboxedCommand, "writable">,
  ): { readonly end: () => Pick<TaskEnd, "reason">; readonly onMoved: NonNullable<RunningTask["onMoved"]> } => {
    let moved = (_port: number): void => {};
    const limits = taskLimits(memoryMb);
    let why: { readonly sentence: string; readonly isMemory: boolean } | undefined;
    const kill = (sentence: string, isMemory: boolean): void => {
      why ??= { sentence, isMemory };
      void stop(0, "SIGKILL");
    };
    const onExhausted = (what: Exhausted): void => kill(exhaustedSentence(what, limits), what === "memory");
    const unwatch = watch.begin({ pid, limits, writable, onExhausted });
    const onOtherProgram = (taken: number): void => kill(`another program took its port ${taken}`, false);
    const onOtherPort = ({ port: other, sentence }: OtherPort): void => {
      onLines([sentence]);
      if (other !== null) moved(other);
    };
    const onOwnPort = (own: number): void => moved(own);
    const guard = { pid, known, onOtherProgram, onOtherPort, onOwnPort };
    // What has no port may listen wherever it likes.
    const unguard = port === undefined ? () => undefined : guardPort(context.clock, { ...guard, port });
    const end = (): Pick<TaskEnd, "reason"> => {
      unwatch();
      unguard();
      if (why === undefined) return {};
      onLines([`The task was killed: ${why.sentence}.`]);
      return { reason: why.isMemory ? `OutOfMemoryError: ${why.sentence}` : why.sentence };
    };
    const onMoved = (listen: (port: number) => void): void => {
      moved = listen;
    };
    return { end, onMoved };
  };

  const prepare = async (
    order: TaskOrder,
    image: StoredImage,
    place: string,
    port: number | undefined,
  ): Promise<SandboxedCommand> => {
    const rootfs = join(place, "rootfs");
    // The host's network is the app's: it is to listen on the loopback address, unless it says otherwise.
    const { taskId, taskRoleArn } = order;
    const role =
      taskRoleArn === undefined
        ? null
        : { endpoint: context.awsEndpoint, ...options.credentials.issue(taskId, taskRoleArn) };
    const fixed = port === undefined ? {} : { PORT: String(port) };
    const own = { defaults: { HOST: "127.0.0.1" }, fixed, role };
    const env = await environmentOf(context, order, image.config.Env, own);
    await mkdir(place, { recursive: true });
    const filter = async (source: string): Promise<boolean> => isCopied(await lstat(source));
    await cp(image.rootfs, rootfs, { recursive: true, verbatimSymlinks: true, mode: files.COPYFILE_FICLONE, filter });
    const workdir = order.container.workingDirectory ?? (image.config.WorkingDir || DEFAULT_WORKDIR);
    await mkdir(resolveIn(rootfs, workdir), { recursive: true });
    const { host, sandbox } = options;
    const limits = taskLimits(order.memoryMb);
    const named = options.hosts === undefined ? {} : { hosts: options.hosts.open(taskId, thisMachinesHosts()) };
    return sandboxed(sandbox, commandOf(order, image), {
      ...{ rootfs, workdir, env, host, scratch: place, limits },
      ...named,
    });
  };

  return {
    start: async (order) => {
      const image = imageOf(options.images, order.container.image);
      const place = join(places, order.taskId);
      const port = order.container.portMappings.length === 0 ? undefined : await freePort();
      const at = port === undefined ? {} : { port };
      const lines = cutLines(order.onLines);
      try {
        const { command, args, env, cwd, writable, kill, release } = await prepare(order, image, place, port);
        const guarded = options.processes.spawn(command, args, { cwd, env, onOutput: lines.push, pace, kill });
        roots.set(order.taskId, guarded.pid);
        const supervision = supervise(order, guarded, { ...at, known: knownPorts(order, image), writable });
        const { onMoved } = supervision;
        return running(guarded, { ...at, onMoved }, stopSignal(image.config.StopSignal), () => {
          lines.flush();
          const why = supervision.end();
          release();
          forget(order.taskId, place);
          return why;
        });
      } catch (error) {
        forget(order.taskId, place);
        throw error;
      }
    },
    isFromTask: async ({ port, localPort }) => holdsConnection([...roots.values()], port, localPort),
    sweep: async () => {
      await mkdir(places, { recursive: true });
      for (const name of await readdir(places)) removeTree(join(places, name));
    },
  };
}
