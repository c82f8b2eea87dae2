import { join } from "node:path";
import { writeTools } from "@slipway/local-aws/containers/docker/tools";
import { buildCommandOf } from "../../lib/build/reporter/build-command.ts";
import { buildImage } from "../../lib/build/reporter/docker.ts";
import { engine } from "./engine.ts";

const credentials = {
  access_key_id: "none",
  secret_access_key: "none",
  session_token: "none",
  expires_at: "2100-01-01T00:00:00Z",
};

/** A `PATH` with the local mode's `docker`, which has the engine build. */
export function toolsPath(directory: string): string {
  const tools = join(directory, "tools");
  writeTools(tools, { dataDir: directory, engine, sandbox: null, hostEnvironment: process.env });
  return `${tools}:${process.env.PATH}`;
}

/** Not written: the test asks for no build after the build. */
const cache = { repository: "registry.invalid/cache", from: [], to: "none", seconds: 1 };

interface Wanted {
  /** The directory with what is built. */
  readonly root: string;
  readonly dockerfile?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly target?: string | null;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Where the image is pushed to; `null`: it is not. */
  readonly repository: string | null;
  readonly tag: string;
  /** Where `docker` is found: the local mode's, or the engine's itself. */
  readonly path: string;
  /** Beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** The command with the arguments of a builder of its own. */
  readonly importing?: (args: readonly string[]) => readonly string[];
  /** Outside of the root: what is there is sent to the engine. */
  readonly metadataFile: string;
  readonly signal?: AbortSignal;
}

/** What the build had said until now. */
export interface Said {
  readonly log: string[];
  readonly steps: string[];
}

/** Builds with the reporter's own command line. Throws `BuildFailure`. */
export async function buildBy(wanted: Wanted, said: Said = { log: [], steps: [] }) {
  const { root, metadataFile, path, tag, repository, args = {}, target = null, secrets = {} } = wanted;
  const place = repository ?? "registry.invalid/x";
  const command = buildCommandOf({
    source: { root, dockerfile: join(root, wanted.dockerfile ?? "Dockerfile") },
    build: {
      root_dir: "",
      dockerfile: "Dockerfile",
      platform: "linux/amd64",
      args,
      secrets,
      lost_secrets: [],
      target,
    },
    // The registry of the test asks for none.
    image: { registry: place.split("/")[0] ?? "", repository: place, tag, credentials, cache, builders: [] },
    metadataFile,
  });
  const plain = repository === null ? command.args.filter((word) => word !== "--push") : command.args;
  const words = wanted.importing?.(plain) ?? plain;
  const { digest } = await buildImage({
    args: words,
    env: { ...process.env, ...command.env, ...wanted.env, PATH: path },
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    signal: wanted.signal ?? new AbortController().signal,
    redact: (text) => text,
    now: Date.now,
    metadataFile,
    platform: "linux/amd64",
    base: "",
    write: async (more) => void said.log.push(...more.map(({ line }) => line)),
    onStep: ({ number, of }) => void said.steps.push(`${number}/${of}`),
  });
  return { digest, args: words, ...said };
}
