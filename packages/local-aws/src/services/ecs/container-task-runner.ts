import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { asDigest, imageNameOf, labelOf, taskPrefixOf } from "../../containers/docker/engine-names.ts";
import { exhaustedSentence, taskLimits } from "../../containers/docker/limits.ts";
import { createRemover, saysGone } from "../../containers/docker/remover.ts";
import type { HostsFiles } from "../../containers/hosts-files.ts";
import { createPace } from "../../containers/processes/pace.ts";
import type { Processes } from "../../containers/processes/processes.ts";
import type { LocalContext } from "../../kernel/part.ts";
import type { ContainerAws } from "./container-aws.ts";
import type { RunEngine } from "./container-spec.ts";
import { dockerCreate } from "./docker-create.ts";
import { STATS, useOf } from "./engine-stats.ts";
import { cutLines } from "./output.ts";
import { podmanCreate } from "./podman-create.ts";
import { environmentOf, freePort } from "./task-environment.ts";
import { cannotPull, type TaskEnd, type TaskOrder, type TaskRunner, TaskStartError } from "./task-runner.ts";

export interface ContainerTaskRunnerOptions {
  readonly processes: Processes;
  /** The command of docker or podman. */
  readonly command: string;
  /** The command's whole environment, see `engineEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  /** The names that tasks know; without it none but what the engine gives them. */
  readonly hosts?: HostsFiles;
  /** Called whenever a container has started: then the engine's network is there. */
  readonly onStarted?: () => void;
  /** What gives tasks their roles. */
  readonly aws: Pick<ContainerAws, "credentials" | "reached" | "listen">;
}

/** The name of a container, and its addresses in the engine's networks. */
const ADDRESSES = "{{.Name}}|{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
const LOOPBACK = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";

const KILLED = 137;
const FIRST_POLL_MS = 50;
const LAST_POLL_MS = 1000;
/** As engines name containers that nobody names. */
const HOSTNAME_LENGTH = 12;
/** What the engine calls a container that was made and never ran. */
const NEVER_RAN = ["created", "configured", "initialized"];
/** Says how a container is: its state, whether memory ran out, its exit code, and what the engine could not do. */
const STATE = "{{.State.Status}}|{{.State.OOMKilled}}|{{.State.ExitCode}}|{{.State.Error}}";

interface State {
  readonly status: string;
  readonly isOutOfMemory: boolean;
  readonly exitCode: number;
  readonly error: string;
}

/** What the engine said, on one line: without its `Error:` and, where it says anything else, its own log. */
function wordsOf(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.trim().replace(/^(?:Error(?: response from daemon)?: )+/, ""))
    .filter((line) => line !== "");
  const words = lines.filter((line) => !line.startsWith('time="'));
  return (words.length > 0 ? words : lines).join(" ");
}

/** Runs tasks as containers of an image that the engine has; the container's port gets one of this machine's. */
export function createContainerTaskRunner(context: LocalContext, options: ContainerTaskRunnerOptions): TaskRunner {
  const { processes, command, env } = options;
  const label = labelOf(context.dataDir);
  const pace = createPace(context.clock);
  const nameOf = (taskId: string): string => `${taskPrefixOf(context.dataDir)}${taskId}`;
  const directory = join(context.dataDir, "ecs");
  const run: RunEngine = async (args, stdin) => {
    let output = "";
    const onOutput = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    const child = processes.spawn(command, args, { env, onOutput, ...(stdin === undefined ? {} : { stdin }) });
    return { code: (await child.exited).code, output };
  };
  const remove = createRemover(context.clock, async (name) => {
    const { code, output } = await run(["rm", "--force", name]);
    return code === 0 || saysGone(output);
  });
  const create = basename(command) === "podman" ? podmanCreate(run, directory) : dockerCreate(run);

  /** The engine's name of a task's image, once the engine has proved that it still means the same one. */
  const imageOf = async (reference: string): Promise<string> => {
    const digest = /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1];
    const candidates = digest === undefined ? [reference] : [imageNameOf(context.dataDir, digest), digest];
    let said = "";
    for (const name of candidates) {
      const { code, output } = await run(["image", "inspect", "--format", "{{.Id}}", name]);
      if (code === 0 && (digest === undefined || asDigest(output.trim()) === digest)) return name;
      if (code !== 0) said = wordsOf(output);
    }
    if (said === "" || /no such image|image not known|not found/i.test(said)) throw cannotPull(reference);
    throw new TaskStartError(`CannotPullContainerError: ${reference}: ${said}`);
  };

  /** The addresses of tasks that run, by the names of their containers, as far as somebody asked for them. */
  const addresses = new Map<string, readonly string[]>();
  let looking: Promise<void> | null = null;
  const lookAtAddresses = async (): Promise<void> => {
    if (addresses.size === 0) return;
    const { output } = await run(["inspect", "--type", "container", "--format", ADDRESSES, ...addresses.keys()]);
    for (const line of output.split("\n")) {
      const [name = "", found = ""] = line.replace(/^\//, "").split("|");
      // It may have ended meanwhile.
      if (addresses.has(name)) addresses.set(name, found.trim().split(" "));
    }
  };
  const isKnown = (address: string): boolean => [...addresses.values()].some((each) => each.includes(address));
  const hostsOf = (taskId: string) => {
    const hostname = taskId.slice(0, HOSTNAME_LENGTH);
    const path = options.hosts?.open(taskId, `${LOOPBACK}127.0.1.1 ${hostname}`);
    return path === undefined ? null : { path, hostname };
  };
  const forget = (taskId: string): void => {
    addresses.delete(nameOf(taskId));
    options.hosts?.close(taskId);
    options.aws.credentials.revoke(taskId);
  };

  const stateOf = async (name: string): Promise<State | undefined> => {
    const { code, output } = await run(["inspect", "--type", "container", "--format", STATE, name]);
    const [status = "", memory = "", exitCode = "", error = ""] = output.trim().split("|");
    if (code !== 0 || exitCode === "") return undefined;
    return { status, isOutOfMemory: memory === "true", exitCode: Number(exitCode), error };
  };

  /** How it ended, before what is known of it is removed. */
  const endOf = async (name: string, code: number | null, isStopped: boolean, memoryMb: number): Promise<TaskEnd> => {
    const state = await stateOf(name);
    await remove(name);
    // The command that shows its output may have been killed; the container's own code is what counts.
    const exitCode = state === undefined || state.status === "running" ? (code ?? KILLED) : state.exitCode;
    const sentence = exhaustedSentence("memory", taskLimits(memoryMb));
    if (state?.isOutOfMemory === true) return { exitCode, reason: `OutOfMemoryError: ${sentence}` };
    // Engines miss it on some kernels, and nobody else kills a container that was not stopped.
    const isKilled = exitCode === KILLED && !isStopped && state !== undefined;
    return isKilled ? { exitCode, reason: `OutOfMemoryError: most likely ${sentence}` } : { exitCode };
  };

  /** Waits until it runs or has ended; throws when the engine could not start it. */
  const started = async (name: string, ended: Promise<unknown>, said: () => string): Promise<void> => {
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LAST_POLL_MS)) {
      const last = isOver;
      const state = await stateOf(name);
      if (state !== undefined && !NEVER_RAN.includes(state.status) && state.error === "") return;
      if (last) {
        await remove(name);
        throw new TaskStartError(
          `CannotStartContainerError: ${wordsOf(said()) || state?.error || "the engine gives no reason"}`,
        );
      }
      await Promise.race([ended, new Promise<void>((resume) => context.clock.after(pause, resume))]);
    }
  };

  const roleOf = async ({ taskId, taskRoleArn }: TaskOrder) => {
    if (taskRoleArn === undefined) return null;
    const address = options.aws.credentials.issue(taskId, taskRoleArn);
    const reached = await options.aws.reached(taskRoleArn);
    return reached && { ...reached, ...address };
  };

  /** Has the address be there that a container comes with, before its program can ask for it. */
  const joinNetwork = async (name: string): Promise<void> => {
    const { code, output } = await run(["init", name]);
    const why = code === 0 ? await options.aws.listen() : wordsOf(output);
    if (why === null) return;
    await remove(name);
    throw new TaskStartError(`CannotStartContainerError: ${why}`);
  };

  const make = async (order: TaskOrder, image: string) => {
    const { container, taskId, memoryMb, cpuUnits } = order;
    const [mapping] = container.portMappings;
    const port = mapping === undefined ? null : { inside: mapping.containerPort, outside: await freePort() };
    const role = await roleOf(order);
    const own = { defaults: {}, fixed: port === null ? {} : { PORT: String(port.inside) }, role };
    const variables = await environmentOf(context, order, [], own);
    const { processes: most, openFiles } = taskLimits(memoryMb);
    await mkdir(directory, { recursive: true });
    const onStarted = await create({
      name: nameOf(taskId),
      image,
      variables,
      label,
      port,
      hosts: hostsOf(taskId),
      network: role?.network ?? null,
      entryPoint: container.entryPoint,
      command: container.command,
      workingDirectory: container.workingDirectory,
      memoryMb,
      cpuUnits,
      processes: most,
      openFiles,
    });
    if (role !== null && role.network !== null) {
      await joinNetwork(nameOf(taskId)).catch(async (error) => {
        await onStarted();
        throw error;
      });
    }
    return { port, onStarted };
  };

  const sweep = async (): Promise<void> => {
    const { code, output } = await run(["ps", "--all", "--quiet", "--filter", `label=${label.join("=")}`]);
    const left = code === 0 ? output.split(/\s+/).filter((id) => id !== "") : [];
    if (left.length > 0) await run(["rm", "--force", ...left]);
  };

  return {
    start: async (order) => {
      const { taskId, memoryMb } = order;
      const name = nameOf(taskId);
      const image = await imageOf(order.container.image);
      const { port, onStarted } = await make(order, image).catch((error) => {
        forget(taskId);
        throw error;
      });
      const lines = cutLines(order.onLines);
      // Until it runs, what comes is the engine's, not the app's.
      let held: [chunk: Buffer, stream: "stdout" | "stderr"][] | undefined = [];
      const onOutput = (chunk: Buffer, stream: "stdout" | "stderr"): void =>
        held === undefined ? lines.push(chunk, stream) : void held.push([chunk, stream]);
      addresses.set(name, []);
      const child = processes.spawn(command, ["start", "--attach", name], { env, onOutput, pace });
      try {
        await started(name, child.exited, () => (held ?? []).map(([chunk]) => chunk.toString()).join(""));
      } catch (error) {
        forget(taskId);
        throw error;
      } finally {
        await onStarted();
      }
      options.onStarted?.();
      const first = held;
      held = undefined;
      for (const [chunk, stream] of first) lines.push(chunk, stream);
      let isStopped = false;
      const exited = child.exited.then(({ code }) => {
        lines.flush();
        forget(taskId);
        return endOf(name, code, isStopped, memoryMb);
      });
      return {
        ...(port === null ? {} : { port: port.outside }),
        exited,
        use: async () => {
          const { code, output } = await run(["stats", "--no-stream", "--format", STATS, name]);
          return code === 0 ? useOf(output) : undefined;
        },
        stop: async (graceMs) => {
          isStopped = true;
          await run(["stop", "--time", String(Math.ceil(graceMs / 1000)), name]);
          await exited;
        },
      };
    },
    isFromTask: async ({ address }) => {
      if (isKnown(address)) return true;
      looking ??= lookAtAddresses().finally(() => {
        looking = null;
      });
      await looking;
      return isKnown(address);
    },
    sweep,
  };
}
