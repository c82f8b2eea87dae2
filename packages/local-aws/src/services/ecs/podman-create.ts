import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerSpec, CreateContainer, RunEngine } from "./container-spec.ts";
import { TaskStartError } from "./task-runner.ts";

/** What every version of podman reads from a file of variables as it stands there. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const PLAIN_VALUE = /^[A-Za-z0-9_./:@%+,-]*$/;

const isPlain = ([name, value]: readonly [string, string]): boolean => PLAIN_NAME.test(name) && PLAIN_VALUE.test(value);

/** Which of the kernel's controllers podman may use; rootless it may lack some, and then refuses their limits. */
async function controllers(run: RunEngine): Promise<readonly string[]> {
  const { code, output } = await run(["info", "--format", "{{range .Host.CgroupControllers}}{{.}} {{end}}"]);
  return code === 0 ? output.trim().split(/\s+/) : [];
}

function limitsOf(spec: ContainerSpec, may: readonly string[]): string[] {
  return [
    ...(may.includes("memory") ? ["--memory", `${spec.memoryMb}m`] : []),
    ...(may.includes("cpu") ? ["--cpus", String(spec.cpuUnits / 1024)] : []),
    ...(may.includes("pids") ? ["--pids-limit", String(spec.processes)] : []),
    // One --ulimit would undo all those that the operator has set for podman, and ask for more than the machine may allow.
    ...["--security-opt", "no-new-privileges"],
  ];
}

/** Where SELinux is enforced, the file gets a label with which containers may read it. */
const hostsArgs = ({ hosts }: ContainerSpec): string[] =>
  hosts === null ? [] : ["--no-hosts", "--hostname", hosts.hostname, "--volume", `${hosts.path}:/etc/hosts:ro,z`];

const createArgs = (spec: ContainerSpec, variables: readonly string[], may: readonly string[]): string[] => [
  ...["create", "--http-proxy=false", "--name", spec.name, "--label", spec.label.join("=")],
  ...(spec.port === null ? [] : ["--publish", `127.0.0.1:${spec.port.outside}:${spec.port.inside}`]),
  ...(spec.network === null ? [] : ["--network", "podman", "--network", spec.network]),
  ...hostsArgs(spec),
  ...limitsOf(spec, may),
  ...variables,
  ...(spec.entryPoint === undefined ? [] : ["--entrypoint", JSON.stringify(spec.entryPoint)]),
  ...(spec.workingDirectory === undefined ? [] : ["--workdir", spec.workingDirectory]),
  spec.image,
  ...(spec.command ?? []),
];

/**
 * Makes containers with `podman create`. Variables go in a file that only this user can read; those that it cannot carry unharmed
 * (line breaks, quotes) as secrets, which podman reads from such a file and sets as variables.
 */
export function podmanCreate(run: RunEngine, directory: string): CreateContainer {
  let may: Promise<readonly string[]> | undefined;
  return async (spec) => {
    may ??= controllers(run);
    const all = Object.entries(spec.variables);
    const file = join(directory, `${spec.name}.env`);
    const secrets = all
      .filter((one) => !isPlain(one))
      .map(([name, value], index) => ({ name, value, id: `${spec.name}-${index}` }));
    const forget = async (): Promise<void> => {
      if (secrets.length > 0) await run(["secret", "rm", ...secrets.map(({ id }) => id)]);
    };
    try {
      for (const { id, value } of secrets) {
        // Not by its input: podman takes none that is a socket, which it is here.
        await writeFile(file, value, { mode: 0o600 });
        const { code, output } = await run(["secret", "create", id, file]);
        if (code !== 0)
          throw new TaskStartError(`CannotCreateContainerError: ${output.trim().replace(/^Error: /, "")}`);
      }
      const lines = all.filter(isPlain).map(([name, value]) => `${name}=${value}\n`);
      await writeFile(file, lines.join(""), { mode: 0o600 });
      const carried = secrets.flatMap(({ id, name }) => ["--secret", `${id},type=env,target=${name}`]);
      const { code, output } = await run(createArgs(spec, ["--env-file", file, ...carried], await may));
      if (code !== 0) throw new TaskStartError(`CannotCreateContainerError: ${output.trim().replace(/^Error: /, "")}`);
      // Podman reads them when the container starts; it then has its own copy.
      return forget;
    } catch (error) {
      await forget();
      throw error;
    } finally {
      await rm(file, { force: true });
    }
  };
}
