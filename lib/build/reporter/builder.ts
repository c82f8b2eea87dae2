import type { Claim } from "../../contract/build.ts";
import { capture, runCommand } from "./child.ts";
import type { Surroundings } from "./surroundings.ts";

/** How long a builder may take to start: it is an image that is pulled. */
const START_MS = 60_000;
/** How long removing it is waited for. */
const REMOVE_MS = 10_000;

/** By default BuildKit cuts a step's output at 2 MiB and at 200 KiB a second. The limits of a log are Slipway's own. */
const UNCLIPPED = ["SIZE", "SPEED"].flatMap((of) => ["--driver-opt", `env.BUILDKIT_STEP_LOG_MAX_${of}=-1`]);

type Cache = NonNullable<Claim["image"]["cache"]>;
type Args = readonly string[];

/** Where a build runs: what it uses of earlier builds, and leaves for later ones. */
export interface Builder {
  /** The arguments of `docker buildx build` with those that use the builder and the cache. */
  importing(args: Args): Args;
  /** Writes the cache, for as long as the claim allows. Nothing depends on whether that works: why it did not is answered. */
  save(args: Args): Promise<string | null>;
  /** Takes the builder away. */
  close(): Promise<void>;
}

/** The command `docker buildx build …` with what imports the cache. Caches that are not there are no error. */
function importingArgs(args: Args, builder: string, cache: Cache | null): Args {
  const from = cache?.from.flatMap((tag) => ["--cache-from", `type=registry,ref=${cache.repository}:${tag}`]) ?? [];
  return after(args, ["--builder", builder, ...from]);
}

/**
 * The same command as one that builds nothing anew and exports the cache alone: in one command with a push it would
 * delay the release, and an export that fails would fail it.
 */
function exportingArgs(args: Args, { repository, to }: Pick<Cache, "repository" | "to">): Args {
  const target = `type=registry,ref=${repository}:${to},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`;
  return after(withoutOutput(args), ["--output", "type=cacheonly", "--cache-to", target]);
}

/** Those of `docker buildx build` stand before what they are about. */
const after = ([buildx = "", build = "", ...rest]: Args, more: Args): Args => [buildx, build, ...more, ...rest];

const withValue = new Set(["--metadata-file", "-t"]);

/** Without where the image goes and what is written about it. */
function withoutOutput(args: Args): Args {
  return args.filter((arg, index) => arg !== "--push" && !withValue.has(arg) && !withValue.has(args[index - 1] ?? ""));
}

export interface BuilderOptions extends Pick<Surroundings, "after" | "env"> {
  /** `null`: nothing is used of earlier builds, and nothing left. */
  readonly cache: Cache | null;
  /** Of BuildKit: docker tries one after the other. */
  readonly images: readonly string[];
  /** Its name, unique on this host. */
  readonly builder: string;
  readonly signal: AbortSignal;
}

/**
 * Starts a builder that cuts no output and can use a cache in a registry, neither of which docker's default one does. Answers in
 * words why there is none, in which case the build goes on without.
 */
export async function openBuilder(options: BuilderOptions): Promise<Builder | string> {
  let why = "";
  for (const image of options.images) {
    const refused = await startBuilder(image, options);
    if (refused === null) return builderOf(options);
    why = refused;
    if (options.signal.aborted) break;
  }
  return why;
}

/** `null`: it has started. */
async function startBuilder(
  image: string,
  { builder, env, after: later, signal }: BuilderOptions,
): Promise<string | null> {
  const driver = ["--driver", "docker-container", "--driver-opt", `image=${image}`, ...UNCLIPPED];
  const args = ["buildx", "create", "--name", builder, ...driver, "--bootstrap"];
  const limit = bounded(START_MS, signal, later);
  const made = await capture({ file: "docker", args, env }, { after: later, signal: limit.signal });
  limit.clear();
  if (made.code === 0) return null;
  // One that did not start keeps its name.
  await removeBuilder({ builder, env, after: later });
  return made.stderr.trim().split("\n").at(-1)?.slice(0, 300) || `exit code ${made.code}`;
}

async function removeBuilder({ builder, env, after: later }: Pick<BuilderOptions, "builder" | "env" | "after">) {
  const limit = bounded(REMOVE_MS, new AbortController().signal, later);
  const command = { file: "docker", args: ["buildx", "rm", "--force", builder], env };
  await capture(command, { after: later, signal: limit.signal });
  limit.clear();
}

function builderOf({ cache, builder, env, after: later, signal }: BuilderOptions): Builder {
  return {
    importing: (build) => importingArgs(build, builder, cache),
    save: async (build) => {
      if (cache === null) return null;
      const limit = bounded(cache.seconds * 1000, signal, later);
      const command = { file: "docker", args: exportingArgs(build, cache), env };
      const ignore = (): void => {};
      const code = await runCommand(command, { after: later, signal: limit.signal, stdout: ignore, stderr: ignore });
      limit.clear();
      if (limit.signal.aborted) return `it took longer than ${cache.seconds} s`;
      return code === 0 ? null : `docker ended with exit code ${code}`;
    },
    close: () => removeBuilder({ builder, env, after: later }),
  };
}

/** A signal that aborts with another, or after so long. */
function bounded(ms: number, until: AbortSignal, later: Surroundings["after"]) {
  const limit = new AbortController();
  const clear = later(ms, () => limit.abort());
  return { signal: AbortSignal.any([until, limit.signal]), clear };
}
