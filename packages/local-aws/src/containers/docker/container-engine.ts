import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { type Dockerfile, parseDockerfile } from "./dockerfile.ts";
import { asDigest, buildHostOf, imageNameOf, layerLabelOf, repositoryOf } from "./engine-names.ts";
import { refuseTooNew } from "./engine-needs.ts";
import { SWEEP } from "./engine-sweep.ts";
import { EngineFailure, SolveError } from "./failures.ts";
import type { BuildOptions } from "./options.ts";
import { podmanReader } from "./podman-output.ts";
import type { Progress } from "./progress.ts";
import type { ToolEnvironment } from "./settings.ts";

const each = (name: string, values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).flatMap(([key, value]) => [name, `${key}=${value}`]);

/** What a build is called: its image, and the host name in its steps; and where the engine writes what it built. */
interface Names {
  readonly name: string;
  readonly host: string;
  readonly metadataFile: string;
}

function engineArgs(
  { LOCAL_AWS_ENGINE: engine, LOCAL_AWS_DATA: dataDir }: ToolEnvironment,
  options: BuildOptions,
  { name, host, metadataFile }: Names,
): string[] {
  // Not for the platform that is asked for: this machine is the only host of builds there is, and its tasks run on it, too.
  const optional = { "--file": options.file, "--target": options.target };
  return [
    ...(engine === "docker"
      ? [
          ...["buildx", "build", "--load", "--provenance=false", `--progress=${options.progress}`],
          ...["--metadata-file", metadataFile],
        ]
      : // Docker's format has what OCI's lacks: HEALTHCHECK, SHELL and ONBUILD.
        [
          ...["build", "--format", "docker", "--add-host", `${host}:127.0.0.1`, "--label", layerLabelOf(dataDir)],
          ...["--iidfile", metadataFile],
        ]),
    ...Object.entries(optional).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value])),
    ...["--tag", name],
    ...each("--build-arg", options.buildArgs),
    ...Object.keys(options.secrets).flatMap((id, index) => ["--secret", `id=${id},env=${secretVariable(index)}`]),
    ...(options.noCache ? ["--no-cache"] : []),
    ...each("--label", options.labels),
    options.context,
  ];
}

/** Hands over whole lines, without their ends. */
function cutLines(onLine: (line: string) => void): { push(chunk: Buffer): void; flush(): void } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    push: (chunk) => {
      const [last = "", ...lines] = (rest + decoder.write(chunk)).split(/\r?\n/).reverse();
      rest = last;
      for (const line of lines.reverse()) onLine(line);
    },
    flush: () => {
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}

type OnOutput = (stream: "stdout" | "stderr", chunk: Buffer) => void;

const secretVariable = (index: number): string => `LOCAL_AWS_BUILD_SECRET_${index}`;

/** Buildx would start git five times for attributes of a provenance that is not asked for. */
const WITHOUT_GIT = { BUILDX_GIT_INFO: "false" };

/** Runs the engine with the environment that who started the local mode has for it, and of the build's only its secrets. */
function runEngine(
  settings: ToolEnvironment,
  args: readonly string[],
  secrets: BuildOptions["secrets"],
  onOutput: OnOutput,
): Promise<number> {
  const { LOCAL_AWS_ENGINE_PATH: command } = settings;
  const values = Object.values(secrets).map((value, index) => [secretVariable(index), value]);
  const env = { ...settings.LOCAL_AWS_ENGINE_ENV, ...WITHOUT_GIT, ...Object.fromEntries(values) };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
    child.stdout.on("data", (chunk: Buffer) => onOutput("stdout", chunk));
    child.stderr.on("data", (chunk: Buffer) => onOutput("stderr", chunk));
    child.once("error", reject);
    // What it was doing is not known, and it could say nothing of it. Docker's plugin may live on, and keeps the pipes open.
    child.once("exit", (_code, signal) => {
      if (signal === null) return;
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      reject(new SolveError(`the command of ${basename(command)} was ended by ${signal}`));
    });
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** What the engine answers on stdout. Throws {@link SolveError} with what it says else. */
async function ask(settings: ToolEnvironment, ...args: readonly string[]): Promise<string> {
  const said = { stdout: "", stderr: "" };
  const code = await runEngine(settings, args, {}, (stream, chunk) => {
    said[stream] += chunk.toString();
  });
  if (code === 0) return said.stdout.trim();
  throw new SolveError(`${settings.LOCAL_AWS_ENGINE} could not keep the image: ${said.stderr.trim()}`);
}

/** `undefined`: it is not there. */
function textOf({ file, context }: BuildOptions): string | undefined {
  const path = file === undefined ? join(context, "Dockerfile") : resolve(file);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** The Dockerfile as it is read here; what docker would not take either, is the error. */
function readDockerfile(options: BuildOptions): Dockerfile | SolveError | undefined {
  const text = textOf(options);
  try {
    return text === undefined ? undefined : parseDockerfile(text);
  } catch (error) {
    if (error instanceof SolveError) return error;
    throw error;
  }
}

/** A build that is stopped takes its steps along: podman, killed at the same moment, does not. The exit code is a shell's for SIGTERM. */
function sweepWhenStopped(
  { LOCAL_AWS_ENGINE_PATH: command, LOCAL_AWS_ENGINE_ENV: env }: ToolEnvironment,
  host: string,
): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      spawnSync("/bin/sh", ["-c", `${SWEEP}sweep_builds "$@"`, "sh", command, host], { env, stdio: "ignore" });
      process.exit(128 + 15);
    });
  }
}

const VERSION = { docker: "{{.Server.Version}}", podman: "{{.Client.Version}}" } as const;

/** Nothing is known of a syntax that docker fetches by itself, which podman never does. */
const FETCHED_SYNTAX = /^#\s*syntax\s*=/im;

async function refuseTooOldEngine(settings: ToolEnvironment, options: BuildOptions): Promise<void> {
  const { LOCAL_AWS_ENGINE: engine } = settings;
  const dockerfile = readDockerfile(options);
  // An engine that does not know here-documents would complain of their lines.
  if (dockerfile instanceof SolveError && dockerfile.message.includes("heredoc")) throw dockerfile;
  if (engine === "host" || dockerfile === undefined || dockerfile instanceof SolveError) return;
  if (engine === "docker" && FETCHED_SYNTAX.test(textOf(options) ?? "")) return;
  await refuseTooNew(dockerfile, engine, () => ask(settings, "version", "--format", VERSION[engine]));
}

async function buildByPodman(settings: ToolEnvironment, options: BuildOptions, names: Names, progress: Progress) {
  sweepWhenStopped(settings, names.host);
  const reader = podmanReader(progress, readDockerfile(options));
  const lines = { stdout: lineReader("stdout"), stderr: lineReader("stderr") };
  let reading = Promise.resolve();
  function lineReader(stream: "stdout" | "stderr") {
    return cutLines((line) => {
      reading = reading.then(() => reader.read(line, stream));
    });
  }
  const code = await runEngine(settings, engineArgs(settings, options, names), options.secrets, (stream, chunk) =>
    lines[stream].push(chunk),
  );
  lines.stdout.flush();
  lines.stderr.flush();
  await reading;
  await reader.end(code);
}

/** What an engine wrote about what it built: buildx as JSON, podman the id alone. */
function digestIn(metadataFile: string): string | undefined {
  const text = existsSync(metadataFile) ? readFileSync(metadataFile, "utf8") : "";
  rmSync(metadataFile, { force: true });
  return (/"containerimage\.digest": *"(sha256:[0-9a-f]{64})"/.exec(text) ??
    /^(sha256:[0-9a-f]{64})\s*$/.exec(text))?.[1];
}

/**
 * Gives the image of a build the name by which it is found, and answers its id. What the engine wrote is the id, but for a builder
 * that has no part in how the engine stores images: then the engine does not find it, and is asked.
 */
async function keep(settings: ToolEnvironment, { name, metadataFile }: Names): Promise<string> {
  const nameAs = (image: string, digest: string) =>
    ask(settings, "tag", image, imageNameOf(settings.LOCAL_AWS_DATA, digest));
  const written = digestIn(metadataFile);
  const isFound =
    written !== undefined &&
    (await nameAs(written, written).then(
      () => true,
      () => false,
    ));
  if (isFound) return written;
  const digest = asDigest(await ask(settings, "image", "inspect", "--format", "{{.Id}}", name));
  await nameAs(name, digest);
  return digest;
}

/** An image that the engine keeps. */
export interface EngineImage {
  /** Its id, `sha256:…`, by which the engine finds it again whatever it stores images in. */
  readonly digest: string;
  /** Settles once the engine has forgotten what it was called while it was built. */
  readonly forgotten: Promise<unknown>;
}

/**
 * Has the real engine build and keep the image under {@link imageNameOf}. Throws {@link EngineFailure} where docker failed and has
 * said why, and {@link SolveError}.
 */
export async function buildByEngine(
  settings: ToolEnvironment,
  options: BuildOptions,
  progress: Progress,
): Promise<EngineImage> {
  await refuseTooOldEngine(settings, options);
  const id = randomUUID();
  const name = `${repositoryOf(settings.LOCAL_AWS_DATA)}:build-${id}`;
  const host = `${id}.${buildHostOf(settings.LOCAL_AWS_DATA)}`;
  const names = { name, host, metadataFile: join(tmpdir(), `local-aws-${id}`) };
  if (settings.LOCAL_AWS_ENGINE === "docker") {
    const args = engineArgs(settings, options, names);
    const code = await runEngine(settings, args, {}, (stream, chunk) => void process[stream].write(chunk));
    if (code !== 0) throw new EngineFailure(code);
  } else {
    await buildByPodman(settings, options, names, progress);
  }
  const digest = await keep(settings, names);
  return { digest, forgotten: ask(settings, "rmi", name) };
}
