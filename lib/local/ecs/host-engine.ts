import { constants as files } from "node:fs";
import { cp, mkdir, readdir } from "node:fs/promises";
import { constants as system } from "node:os";
import { join } from "node:path";
import { type Sandbox, type SandboxedCommand, sandboxed } from "../docker/sandbox.ts";
import type { Images, StoredImage } from "../images/images.ts";
import { removeTree, resolveIn } from "../images/tree.ts";
import type { LocalContext } from "../part.ts";
import type { GuardedProcess, Processes } from "../processes/processes.ts";
import { type Engine, type RunningTask, type TaskOrder, TaskStartError } from "./engine.ts";
import { cutLines } from "./output.ts";
import { environmentOf, freePort } from "./surroundings.ts";

export interface HostEngineOptions {
  readonly processes: Processes;
  readonly images: Images;
  readonly sandbox: Sandbox;
  /** This process's `PATH` and `HOME`. */
  readonly host: { readonly path: string; readonly home: string };
}

const DEFAULT_WORKDIR = "/";

function imageOf(images: Images, name: string): StoredImage {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(name)?.[1];
  const image = digest === undefined ? undefined : images.path(digest);
  if (image !== undefined) return image;
  throw new TaskStartError(`CannotPullContainerError: failed to resolve ref ${name}: ${name}: not found`);
}

/** What docker would execute. */
function commandOf({ container }: TaskOrder, { config }: StoredImage): string[] {
  const entry = container.entryPoint ?? config.Entrypoint ?? [];
  // An entry point of the task's own resets the image's command, as with docker.
  const command = container.command ?? (container.entryPoint === undefined ? (config.Cmd ?? []) : []);
  const argv = [...entry, ...command];
  if (argv.length > 0) return argv;
  throw new TaskStartError("CannotStartContainerError: the image names no command and the task definition neither");
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
  port: number,
  signal: NodeJS.Signals,
  ended: () => void | Promise<void>,
): RunningTask {
  const exited = guarded.exited.then(async ({ code, signal: killedBy }) => {
    await ended();
    return code ?? 128 + signalNumber(killedBy ?? "");
  });
  return {
    port,
    exited,
    stop: async (graceMs) => {
      await guarded.stop(graceMs, signal);
      await exited;
    },
  };
}

/** Runs tasks without a container engine: each on a copy of its image's files, in the sandbox, with a port of its own in `PORT`. */
export function createHostEngine(context: LocalContext, options: HostEngineOptions): Engine {
  const places = join(context.dataDir, "ecs", "tasks");

  const prepare = async (
    order: TaskOrder,
    image: StoredImage,
    place: string,
    port: number,
  ): Promise<SandboxedCommand> => {
    const rootfs = join(place, "rootfs");
    const own = { PORT: String(port), HOST: "127.0.0.1" };
    const env = await environmentOf(context, order, image.config.Env, own);
    await mkdir(place, { recursive: true });
    await cp(image.rootfs, rootfs, { recursive: true, verbatimSymlinks: true, mode: files.COPYFILE_FICLONE });
    const workdir = order.container.workingDirectory ?? (image.config.WorkingDir || DEFAULT_WORKDIR);
    await mkdir(resolveIn(rootfs, workdir), { recursive: true });
    const { host, sandbox } = options;
    return sandboxed(sandbox, commandOf(order, image), { rootfs, workdir, env, host });
  };

  return {
    start: async (order) => {
      const image = imageOf(options.images, order.container.image);
      const place = join(places, order.taskId);
      const port = await freePort();
      const lines = cutLines(order.onLines);
      try {
        const { command, args, env, cwd, release } = await prepare(order, image, place, port);
        const guarded = options.processes.spawn(command, args, { cwd, env, onOutput: lines.push });
        return running(guarded, port, stopSignal(image.config.StopSignal), () => {
          lines.flush();
          release();
          removeTree(place);
        });
      } catch (error) {
        removeTree(place);
        throw error;
      }
    },
    sweep: async () => {
      await mkdir(places, { recursive: true });
      for (const name of await readdir(places)) removeTree(join(places, name));
    },
  };
}
