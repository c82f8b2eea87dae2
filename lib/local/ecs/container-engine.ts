import type { LocalContext } from "../part.ts";
import type { Processes } from "../processes/processes.ts";
import { type Engine, TaskStartError } from "./engine.ts";
import { cutLines } from "./output.ts";
import { environmentOf, freePort } from "./surroundings.ts";

export interface ContainerEngineOptions {
  readonly processes: Processes;
  /** The command of docker or podman. */
  readonly command: string;
  /** What the command itself needs: `PATH`, `HOME`, `DOCKER_HOST`. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs tasks as containers of an image that the engine has; the container's port gets one of this machine's. */
export function createContainerEngine(context: LocalContext, options: ContainerEngineOptions): Engine {
  const { processes, command, env } = options;
  const label = `slipway.data=${context.dataDir}`;
  const nameOf = (taskId: string): string => `slipway-task-${taskId}`;
  const run = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
    let output = "";
    const child = processes.spawn(command, args, {
      env,
      onOutput: (chunk) => {
        output += chunk.toString();
      },
    });
    return { code: (await child.exited).code, output };
  };
  return {
    start: async (order) => {
      const { container, taskId } = order;
      const image = /@(sha256:[0-9a-f]{64})$/.exec(container.image)?.[1] ?? container.image;
      if ((await run("image", "inspect", image)).code !== 0) {
        throw new TaskStartError(`CannotPullContainerError: ${container.image}: not found`);
      }
      const port = await freePort();
      const inside = container.portMappings[0]?.containerPort ?? port;
      const variables = await environmentOf(context, order, [], { PORT: String(inside) });
      // By name only: values on a command line could be read by every user of the machine.
      const passed = Object.keys(variables).flatMap((name) => ["--env", name]);
      const entry = container.entryPoint === undefined ? [] : ["--entrypoint", container.entryPoint.join(" ")];
      const publish = ["--publish", `127.0.0.1:${port}:${inside}`];
      const args = ["run", "--rm", "--name", nameOf(taskId), "--label", label, ...publish, ...passed, ...entry];
      const lines = cutLines(order.onLines);
      const child = processes.spawn(command, [...args, image, ...(container.command ?? [])], {
        env: { ...variables, ...env },
        onOutput: lines.push,
      });
      const exited = child.exited.then(({ code }) => {
        lines.flush();
        return code ?? 137;
      });
      return {
        port,
        exited,
        stop: async (graceMs) => {
          await run("stop", "--time", String(Math.ceil(graceMs / 1000)), nameOf(taskId));
          await exited;
        },
      };
    },
    sweep: async () => {
      const { output } = await run("ps", "--all", "--quiet", "--filter", `label=${label}`);
      const left = output.split(/\s+/).filter((id) => id !== "");
      if (left.length > 0) await run("rm", "--force", ...left);
    },
  };
}
