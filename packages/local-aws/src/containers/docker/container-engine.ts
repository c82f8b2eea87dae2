import { execFile, spawn } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { EngineFailure } from "./failures.ts";
import type { BuildOptions } from "./options.ts";
import type { Progress } from "./progress.ts";
import type { ContainerEngine, Settings } from "./settings.ts";

const ANSWER_LIMIT_MS = 2000;

function answers(engine: "docker" | "podman", env: Readonly<Record<string, string>>): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { timeout: ANSWER_LIMIT_MS, killSignal: "SIGKILL", env } as const;
    execFile(engine, ["info"], options, (error) => resolve(error === null));
  });
}

/**
 * The engine to use: the one that was named, or with `auto` docker, else podman, whichever answers within 2 s, else none (`host`).
 * `env` is {@link engineEnvironment}'s.
 */
export async function detectEngine(
  choice: "auto" | ContainerEngine,
  env: Readonly<Record<string, string>>,
): Promise<ContainerEngine> {
  if (choice !== "auto") return choice;
  const [docker, podman] = await Promise.all([answers("docker", env), answers("podman", env)]);
  if (docker) return "docker";
  return podman ? "podman" : "host";
}

/** The path of the engine's command, past the replacement of the same name; empty for `host`. */
export function enginePath(engine: ContainerEngine, path: string): string {
  if (engine === "host") return "";
  const found = path
    .split(delimiter)
    .map((dir) => join(dir, engine))
    .find((file) => isExecutable(file));
  if (found === undefined) throw new Error(`there is no ${engine} on the PATH`);
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}

const each = (name: string, values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).flatMap(([key, value]) => [name, `${key}=${value}`]);

function engineArgs(engine: ContainerEngine, options: BuildOptions, iidFile: string): string[] {
  const optional = { "--file": options.file, "--platform": options.platform, "--target": options.target };
  return [
    ...(engine === "docker"
      ? ["buildx", "build", "--load", "--provenance=false", `--progress=${options.progress}`]
      : ["build"]),
    ...Object.entries(optional).flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
    ...options.tags.flatMap((tag) => ["--tag", tag]),
    ...each("--build-arg", options.buildArgs),
    ...Object.keys(options.secrets).flatMap((id, index) => ["--secret", `id=${id},env=${secretVariable(index)}`]),
    ...(options.noCache ? ["--no-cache"] : []),
    ...each("--label", options.labels),
    ...["--iidfile", iidFile, options.context],
  ];
}

const secretVariable = (index: number): string => `SLIPWAY_BUILD_SECRET_${index}`;

/** Runs the engine with the environment that who started the local mode has for it, and of the build's only its secrets. */
function runEngine(
  settings: Settings,
  args: readonly string[],
  secrets: BuildOptions["secrets"],
  onOutput: (stream: "stdout" | "stderr", chunk: Buffer) => void,
): Promise<void> {
  const { SLIPWAY_ENGINE_PATH: command } = settings;
  const values = Object.values(secrets).map((value, index) => [secretVariable(index), value]);
  const env = { ...settings.SLIPWAY_ENGINE_ENV, ...Object.fromEntries(values) };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
    child.stdout.on("data", (chunk: Buffer) => onOutput("stdout", chunk));
    child.stderr.on("data", (chunk: Buffer) => onOutput("stderr", chunk));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new EngineFailure(code ?? 1))));
  });
}

/**
 * Has the real engine build and keep the image, and answers its id, `sha256:…`. Docker shows its own progress; podman's lines are
 * shown as one step. Throws {@link EngineFailure}.
 */
export async function buildByEngine(
  settings: Settings,
  options: BuildOptions,
  iidFile: string,
  progress: Progress,
): Promise<string> {
  const args = engineArgs(settings.SLIPWAY_ENGINE, options, iidFile);
  if (settings.SLIPWAY_ENGINE === "docker") {
    await runEngine(settings, args, options.secrets, (stream, chunk) => void process[stream].write(chunk));
  } else {
    await progress.step("podman build", (vertex) =>
      runEngine(settings, args, options.secrets, (stream, chunk) => vertex.log(stream, chunk)),
    );
  }
  const id = readFileSync(iidFile, "utf8").trim();
  return id.startsWith("sha256:") ? id : `sha256:${id}`;
}
