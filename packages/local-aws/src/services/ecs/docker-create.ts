import * as z from "zod";
import type { ContainerSpec, CreateContainer, RunEngine, Said } from "./container-spec.ts";
import { TaskStartError } from "./task-runner.ts";

const problem = z.object({ message: z.string() });
const CREATED = 201;

/** The body of `POST /containers/create` of Docker's Engine API. */
function bodyOf(spec: ContainerSpec): unknown {
  const port = spec.port && `${spec.port.inside}/tcp`;
  return {
    Image: spec.image,
    Env: Object.entries(spec.variables).map(([name, value]) => `${name}=${value}`),
    ...(spec.hosts === null ? {} : { Hostname: spec.hosts.hostname }),
    Labels: Object.fromEntries([spec.label]),
    ...(port === null ? {} : { ExposedPorts: { [port]: {} } }),
    ...(spec.entryPoint === undefined ? {} : { Entrypoint: spec.entryPoint }),
    ...(spec.command === undefined ? {} : { Cmd: spec.command }),
    ...(spec.workingDirectory === undefined ? {} : { WorkingDir: spec.workingDirectory }),
    HostConfig: {
      // Where SELinux is enforced, the file gets a label with which containers may read it.
      ...(spec.hosts === null ? {} : { Binds: [`${spec.hosts.path}:/etc/hosts:ro,z`] }),
      ...(port === null
        ? {}
        : { PortBindings: { [port]: [{ HostIp: "127.0.0.1", HostPort: String(spec.port?.outside) }] } }),
      Memory: spec.memoryMb * 1024 * 1024,
      MemorySwap: spec.memoryMb * 1024 * 1024,
      NanoCpus: Math.round((spec.cpuUnits / 1024) * 1e9),
      PidsLimit: spec.processes,
      Ulimits: [{ Name: "nofile", Soft: spec.openFiles, Hard: spec.openFiles }],
      SecurityOpt: ["no-new-privileges"],
    },
  };
}

function requestText(spec: ContainerSpec): string {
  const body = JSON.stringify(bodyOf(spec));
  const lines = [
    `POST /containers/create?name=${encodeURIComponent(spec.name)} HTTP/1.1`,
    "Host: docker",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** The JSON object in a text that has chunk sizes around it; `undefined`: there is none. */
function objectIn(text: string): unknown {
  const [from, to] = [text.indexOf("{"), text.lastIndexOf("}")];
  if (from < 0 || to < from) return undefined;
  try {
    return JSON.parse(text.slice(from, to + 1));
  } catch {
    // Then the message contains all of it.
    return undefined;
  }
}

/** The status of an answer, `undefined` for what is none, and what it says in words. */
function answerOf({ output }: Said): { status: number | undefined; words: string } {
  const [, status] = /^HTTP\/1\.[01] (\d{3}) /.exec(output) ?? [];
  const parsed = problem.safeParse(objectIn(output.slice(output.indexOf("\r\n\r\n"))));
  return { status: status === undefined ? undefined : Number(status), words: parsed.data?.message ?? output.trim() };
}

/**
 * Makes containers by the Engine API, spoken over `docker system dial-stdio`, which knows how to reach the daemon (a socket, a
 * context, `ssh`). The options of `docker run` cannot carry variables: values on a command line are everybody's to read, a file of
 * variables has no line breaks, and a name alone takes its value from the command's own environment.
 */
export function dockerCreate(run: RunEngine): CreateContainer {
  return async (spec) => {
    const { status, words } = answerOf(await run(["system", "dial-stdio"], { text: requestText(spec), open: true }));
    if (status !== CREATED) throw new TaskStartError(`CannotCreateContainerError: ${words}`);
    return async () => undefined;
  };
}
