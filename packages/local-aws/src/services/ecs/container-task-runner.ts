import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { exhaustedSentence, taskLimits } from "../../containers/docker/limits.ts";
import type { Processes } from "../../containers/processes/processes.ts";
import type { LocalContext } from "../../kernel/part.ts";
import type { RunEngine } from "./container-spec.ts";
import { dockerCreate } from "./docker-create.ts";
import { cutLines } from "./output.ts";
import { podmanCreate } from "./podman-create.ts";
import { environmentOf, freePort } from "./task-environment.ts";
import { cannotPull, type TaskEnd, type TaskRunner } from "./task-runner.ts";

export interface ContainerTaskRunnerOptions {
  readonly processes: Processes;
  /** The command of docker or podman. */
  readonly command: string;
  /** The command's whole environment, see `engineEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
}

const KILLED = 137;

/** Runs tasks as containers of an image that the engine has; the container's port gets one of this machine's. */
export function createContainerTaskRunner(context: LocalContext, options: ContainerTaskRunnerOptions): TaskRunner {
  const { processes, command, env } = options;
  const label = ["slipway.data", context.dataDir] as const;
  const nameOf = (taskId: string): string => `slipway-task-${taskId}`;
  const directory = join(context.dataDir, "ecs");
  const run: RunEngine = async (args, stdin) => {
    let output = "";
    const onOutput = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    const child = processes.spawn(command, args, { env, onOutput, ...(stdin === undefined ? {} : { stdin }) });
    return { code: (await child.exited).code, output };
  };
  const create = basename(command) === "podman" ? podmanCreate(run, directory) : dockerCreate(run);

  /** How it ended, before what is known of it is removed. */
  const endOf = async (name: string, code: number | null, memoryMb: number): Promise<TaskEnd> => {
    const { output } = await run(["inspect", "--format", "{{.State.OOMKilled}}", name]);
    await run(["rm", "--force", name]);
    const exitCode = code ?? KILLED;
    if (output.trim() !== "true") return { exitCode };
    return { exitCode, reason: `OutOfMemoryError: ${exhaustedSentence("memory", taskLimits(memoryMb))}` };
  };

  return {
    start: async (order) => {
      const { container, taskId, memoryMb, cpuUnits } = order;
      const image = /@(sha256:[0-9a-f]{64})$/.exec(container.image)?.[1] ?? container.image;
      if ((await run(["image", "inspect", image])).code !== 0) {
        throw cannotPull(container.image);
      }
      const outside = await freePort();
      const inside = container.portMappings[0]?.containerPort ?? outside;
      const variables = await environmentOf(context, order, [], { defaults: {}, fixed: { PORT: String(inside) } });
      const { processes: most, openFiles } = taskLimits(memoryMb);
      await mkdir(directory, { recursive: true });
      await create({
        name: nameOf(taskId),
        image,
        variables,
        label,
        port: { inside, outside },
        entryPoint: container.entryPoint,
        command: container.command,
        workingDirectory: container.workingDirectory,
        memoryMb,
        cpuUnits,
        processes: most,
        openFiles,
      });
      const lines = cutLines(order.onLines);
      const child = processes.spawn(command, ["start", "--attach", nameOf(taskId)], { env, onOutput: lines.push });
      const exited = child.exited.then(({ code }) => {
        lines.flush();
        return endOf(nameOf(taskId), code, memoryMb);
      });
      return {
        port: outside,
        exited,
        stop: async (graceMs) => {
          await run(["stop", "--time", String(Math.ceil(graceMs / 1000)), nameOf(taskId)]);
          await exited;
        },
      };
    },
    sweep: async () => {
      const { output } = await run(["ps", "--all", "--quiet", "--filter", `label=${label.join("=")}`]);
      const left = output.split(/\s+/).filter((id) => id !== "");
      if (left.length > 0) await run(["rm", "--force", ...left]);
    },
  };
}
