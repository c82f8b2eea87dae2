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

/** What a build uses of earlier builds, and leaves for later ones. */
export interface BuildCache {
  /** The arguments of `docker buildx build` with those that use the cache. */
  importing(args: Args): Args;
  /** Writes the cache, for as long as the claim allows. Nothing depends on whether that works: why it did not is answered. */
  save(args: Args): Promise<string | null>;
  /** Takes the builder away. */
  close(): Promise<void>;
}

/** The command `docker buildx build …` with what imports the cache. Caches that are not there are no error. */
const importingArgs = (args: Args, builder: string, { repository, from }: Pick<Cache, "repository" | "from">) =>
  after(args, [
    "--builder",
    builder,
    ...from.flatMap((tag) => ["--cache-from", `type=registry,ref=${repository}:${tag}`]),
  ]);

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

export interface CacheOptions extends Pick<Surroundings, "after" | "env"> {
  readonly cache: Cache;
  /** Unique on this host. */
  readonly builder: string;
  readonly signal: AbortSignal;
}

/**
 * Starts a builder that can use a cache in a registry, which docker's default one cannot. Answers in words why there is
 * none, in which case the build goes on without.
 */
export async function openCache({
  cache,
  builder,
  env,
  after: later,
  signal,
}: CacheOptions): Promise<BuildCache | string> {
  const within = (ms: number, until: AbortSignal) => bounded(ms, until, later);
  const args = ["buildx", "create", "--name", builder, "--driver", "docker-container", ...UNCLIPPED, "--bootstrap"];
  const start = within(START_MS, signal);
  const made = await capture({ file: "docker", args, env }, { after: later, signal: start.signal });
  start.clear();
  if (made.code !== 0) return made.stderr.trim().split("\n").at(-1)?.slice(0, 300) || `exit code ${made.code}`;
  return {
    importing: (build) => importingArgs(build, builder, cache),
    save: async (build) => {
      const limit = within(cache.seconds * 1000, signal);
      const command = { file: "docker", args: exportingArgs(build, cache), env };
      const ignore = (): void => {};
      const code = await runCommand(command, { after: later, signal: limit.signal, stdout: ignore, stderr: ignore });
      limit.clear();
      if (limit.signal.aborted) return `it took longer than ${cache.seconds} s`;
      return code === 0 ? null : `docker ended with exit code ${code}`;
    },
    close: async () => {
      const limit = within(REMOVE_MS, new AbortController().signal);
      const command = { file: "docker", args: ["buildx", "rm", "--force", builder], env };
      await capture(command, { after: later, signal: limit.signal });
      limit.clear();
    },
  };
}

/** A signal that aborts with another, or after so long. */
function bounded(ms: number, until: AbortSignal, later: Surroundings["after"]) {
  const limit = new AbortController();
  const clear = later(ms, () => limit.abort());
  return { signal: AbortSignal.any([until, limit.signal]), clear };
}
