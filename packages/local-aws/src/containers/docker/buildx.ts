import { lstatSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { arch } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { type Ignore, parseIgnore } from "@slipway/text/docker-ignore";
import * as z from "zod";
import { type ImageConfig, type Images, openImages } from "../images/images.ts";
import { removeTree, resolveIn } from "../images/tree.ts";
import { runBuild } from "./build.ts";
import { buildByEngine } from "./container-engine.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { EngineFailure, SolveError, UsageError } from "./failures.ts";
import { type BuildOptions, parseBuildOptions } from "./options.ts";
import { createProgress, PROGRESS_MODES, type Progress } from "./progress.ts";
import type { Pushed } from "./registry.ts";
import type { HostSteps } from "./run.ts";
import { readToolEnvironment, type ToolEnvironment } from "./settings.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** A built image, and what a push of it sends. */
interface Built extends Pushed {
  readonly digest: string;
  readonly configDigest: string;
  /** What has to end before the command does. */
  readonly forgotten?: Promise<unknown>;
}

type Registry = typeof import("./registry.ts");

/** It takes as long to load as all else together: while the engine builds, nobody waits for it. */
const loadRegistry = (): Promise<Registry> =>
  new Promise((resolve) => setImmediate(resolve)).then(() => import("./registry.ts"));

const manifestConfig = z.object({ config: z.object({ digest: z.string() }) });

const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "FTP_PROXY", "ALL_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

/** More than anybody writes, and little enough to parse. */
const MAX_TEXT_BYTES = 1024 * 1024;

/** A text of the build's author; links lead within the context only, and never to a device. `undefined`: it is not there. */
function readText(context: string, path: string): string | undefined {
  const inside = relative(context, path);
  const found = inside.startsWith("..") ? path : resolveIn(context, inside);
  const stat = lstatSync(found, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) throw new SolveError(`failed to read ${inside}: it is not a file`);
  if (stat.size > MAX_TEXT_BYTES) throw new SolveError(`failed to read ${inside}: it is larger than 1 MB`);
  return readFileSync(found, "utf8");
}

function readDockerfile(path: string, context: string): string {
  const text = readText(context, path);
  if (text !== undefined) return text;
  throw new SolveError(`failed to read dockerfile: open ${relative(context, path)}: no such file or directory`);
}

const readIgnore = (context: string, dockerfile: string): Ignore =>
  parseIgnore(
    readText(context, `${dockerfile}.dockerignore`) ?? readText(context, join(context, ".dockerignore")) ?? "",
  );

function hostSteps(
  { LOCAL_AWS_SANDBOX: sandbox, LOCAL_AWS_LIMITS: limits, ...settings }: ToolEnvironment,
  env: Env,
  secrets: HostSteps["secrets"],
): HostSteps {
  if (sandbox === "") throw new SolveError("there is no sandbox on this machine: install docker or podman");
  const passed = PROXIES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  const hidden = [settings.LOCAL_AWS_DATA, settings.LOCAL_AWS_ENGINE_ENV.HOME ?? settings.LOCAL_AWS_DATA];
  return { sandbox, limits, path: env.PATH ?? "", hidden, passed: Object.fromEntries(passed), secrets };
}

const withLabels = (config: ImageConfig, labels: Readonly<Record<string, string>>): ImageConfig => ({
  ...config,
  Labels: { ...config.Labels, ...labels },
});

/** This machine's, whatever platform is asked for: it is the only host of builds there is, and its tasks run on it, too. */
const ownPlatform = (architecture: string): string => `linux/${architecture === "x64" ? "amd64" : architecture}`;

/** Builds on this machine, without an engine. */
async function buildHere(
  options: BuildOptions,
  settings: ToolEnvironment,
  env: Env,
  images: Images,
  progress: Progress,
): Promise<Built> {
  const context = resolve(options.context);
  const file = options.file === undefined ? join(context, "Dockerfile") : resolve(options.file);
  const dockerfile = await progress.step(`[internal] load build definition from ${relative(dirname(file), file)}`, () =>
    parseDockerfile(readDockerfile(file, context)),
  );
  const ignore = await progress.step("[internal] load .dockerignore", () => readIgnore(context, file));
  const scratch = images.scratch();
  try {
    const { buildArgs, target } = options;
    const host = hostSteps(settings, env, options.secrets);
    const source = { root: context, ignore };
    const { tree, config } = await runBuild({
      dockerfile,
      buildArgs,
      target,
      platform: ownPlatform(arch()),
      context: source,
      host,
      scratch,
      progress,
    });
    const digest = images.commit(tree, withLabels(config, options.labels));
    const image = images.path(digest);
    if (image === undefined) throw new Error(`the image ${digest} vanished while it was built`);
    const { digest: configDigest } = manifestConfig.parse(JSON.parse(image.manifest)).config;
    return { digest, configDigest, manifest: image.manifest, blobs: image.blobs() };
  } finally {
    removeTree(scratch);
  }
}

/** Has the engine build. It keeps the image, so that all a push sends is a manifest that names the image's id as its configuration. */
async function buildWithEngine(options: BuildOptions, settings: ToolEnvironment, progress: Progress): Promise<Built> {
  const { digest, forgotten } = await buildByEngine(settings, options, progress);
  const config = { mediaType: "application/vnd.local-aws.engine.image", size: 0, digest };
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] });
  return { digest, configDigest: digest, manifest, blobs: [], forgotten };
}

async function exportImage(
  options: BuildOptions,
  { digest, configDigest, ...pushed }: Built,
  registry: Promise<Registry> | undefined,
  env: Env,
  progress: Progress,
): Promise<void> {
  await progress.step("exporting to image", async (vertex) => {
    vertex.log("stderr", `exporting manifest ${digest}\n`);
    for (const tag of options.tags) {
      if (options.push) vertex.log("stderr", `pushing manifest for ${tag}@${digest}\n`);
      if (registry !== undefined) await (await registry).push(env, tag, pushed);
      else vertex.log("stderr", `naming to ${tag}\n`);
    }
  });
  const metadata = {
    "containerimage.digest": digest,
    "containerimage.config.digest": configDigest,
    "image.name": options.tags.join(","),
  };
  if (options.metadataFile !== undefined) writeFileSync(options.metadataFile, `${JSON.stringify(metadata, null, 2)}\n`);
  if (options.iidFile !== undefined) writeFileSync(options.iidFile, digest);
}

function refuseContext(path: string): void {
  if (path === "-" || /^(https?|git|ssh):/.test(path))
    throw new UsageError(`ERROR: the local mode builds from directories only, not from ${path}`, 1);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`ERROR: unable to prepare context: path "${path}" not found`, 1);
  }
}

/** `docker buildx build`: the exit status, the progress on stderr and the failure in docker's words after it. */
export async function buildx(argv: readonly string[], env: Env): Promise<number> {
  const options = parseBuildOptions(argv, env);
  const settings = readToolEnvironment(env);
  refuseContext(options.context);
  const mode = PROGRESS_MODES.find((known) => known === options.progress) ?? "plain";
  const progress = createProgress(
    mode,
    (text) => void process.stderr.write(text),
    () => new Date(),
  );
  const images = openImages(settings.LOCAL_AWS_DATA);
  try {
    const building =
      settings.LOCAL_AWS_ENGINE === "host"
        ? buildHere(options, settings, env, images, progress)
        : buildWithEngine(options, settings, progress);
    const registry = options.push ? loadRegistry() : undefined;
    const built = await building;
    await Promise.all([exportImage(options, built, registry, env, progress), built.forgotten]);
    return 0;
  } catch (error) {
    if (error instanceof EngineFailure) return error.exitCode;
    process.stderr.write(`ERROR: failed to solve: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
