/** A container as it is to be made, whatever the engine. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** Exactly these, byte for byte, over the image's. */
  readonly variables: Readonly<Record<string, string>>;
  readonly label: readonly [name: string, value: string];
  /** The container's port, and this machine's on 127.0.0.1; `null`: nobody reaches it. */
  readonly port: { readonly inside: number; readonly outside: number } | null;
  /** This machine's file that it sees as `/etc/hosts`, with its name in it; `null`: the engine makes one. */
  readonly hosts: { readonly path: string; readonly hostname: string } | null;
  /** A network that it joins besides the default one, which takes Podman; `null`: none. */
  readonly network: string | null;
  /** The image's if absent. */
  readonly entryPoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly workingDirectory: string | undefined;
  readonly memoryMb: number;
  /** 1024 are one processor. */
  readonly cpuUnits: number;
  readonly processes: number;
  readonly openFiles: number;
}

/** What a run of the engine's command said. */
export interface Said {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the engine's command; `stdin` as `Processes.spawn` takes it. */
export type RunEngine = (
  args: readonly string[],
  stdin?: { readonly text: string; readonly open?: true },
) => Promise<Said>;

/**
 * Makes a container without starting it, and answers what is to be called once it has started or could not. Throws
 * `TaskStartError` with what the engine said.
 */
export type CreateContainer = (spec: ContainerSpec) => Promise<() => Promise<void>>;
