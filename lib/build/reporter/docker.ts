import { readFile } from "node:fs/promises";
import * as z from "zod";
import type { Line } from "../../contract/build.ts";
import type { BuildStep } from "../../core/deployment/build-result.ts";
import { architectureMissing, foreignBases, foundation } from "./architecture.ts";
import { type RunOptions, runCommand } from "./child.ts";
import { explainDockerFailure } from "./docker-failure.ts";
import { BuildFailure } from "./failure.ts";
import { parseJson } from "./json.ts";
import { type Renderer, type RendererOptions, renderer } from "./render.ts";
import type { StartedStep } from "./steps.ts";
import type { Surroundings } from "./surroundings.ts";
import { lineAssembler, type Piece } from "./text.ts";

/** Of one line of rawjson. BuildKit's are some ten kilobytes; a pipe's worth of base64 is far below this. */
const MAX_PROGRESS = 8 * 1024 * 1024;

const NOT_FOUND = 127;

type ProcessOptions = Pick<RunOptions, "after" | "signal"> & Pick<Surroundings, "env">;

export interface BuildOptions extends ProcessOptions, RendererOptions {
  /** What follows `docker`. */
  readonly args: readonly string[];
  /** What is built for, such as `linux/arm64`, and what the image is made on, as its `FROM` says it. */
  readonly platform: string;
  readonly base: string;
  /** Where docker writes what it made. */
  readonly metadataFile: string;
  /** Takes the lines as they come; docker is not read any further until it resolves. */
  readonly write: (lines: readonly Line[]) => Promise<void>;
  readonly onStep: (step: StartedStep) => void;
}

export interface BuiltImage {
  /** `sha256:…` */
  readonly digest: string;
  readonly steps: readonly BuildStep[];
}

/** Builds and pushes the image. Throws a {@link BuildFailure} of the stage `building`, with the steps until then. */
export async function buildImage(options: BuildOptions): Promise<BuiltImage> {
  const render = renderer(options);
  try {
    return { digest: await runDocker(options, render), steps: render.steps() };
  } catch (error) {
    if (error instanceof BuildFailure) error.steps = render.steps(options.now());
    throw error;
  }
}

/** The digest of the image. */
async function runDocker(options: BuildOptions, render: Renderer): Promise<string> {
  const stdout = reader(render, "stdout", options);
  const stderr = reader(render, "stderr", options);
  const { args, env, after, signal } = options;
  const command = { file: "docker", args, env };
  const code = await runCommand(command, { after, signal, stdout: stdout.read, stderr: stderr.read });
  await stdout.end();
  await stderr.end();
  await options.write(render.end());
  if (code === NOT_FOUND) {
    throw new BuildFailure(
      "building",
      "build_failed",
      "Docker build failed with exit code 127: there is no docker in the build's image. Restore the build project with npm run deploy.",
      code,
    );
  }
  const { warnings, ...trouble } = render.trouble();
  const foreign = foreignBases(warnings, options.platform);
  if (code !== 0) throw explainDockerFailure({ exitCode: code, ...trouble, foreign });
  // Without a step that runs, docker builds an image that cannot start.
  const wrong = foundation(foreign, options.base);
  if (wrong !== undefined) throw architectureMissing(wrong, 0);
  return readDigest(options.metadataFile);
}

/** Either stream is read for progress: BuildKit's is on stderr, but that is nowhere promised. */
function reader(render: Renderer, stream: "stdout" | "stderr", { write, onStep }: BuildOptions) {
  const assembler = lineAssembler({ longest: MAX_PROGRESS, around: 0 });
  const take = async (whole: readonly Piece[]): Promise<void> => {
    const before = render.latestStep();
    const lines = whole.flatMap(({ text }) => render.read(text, stream));
    const step = render.latestStep();
    if (step !== undefined && step !== before) onStep(step);
    await write(lines);
  };
  return { read: (chunk: Buffer) => take(assembler.push(chunk)), end: () => take(assembler.end()) };
}

/** What `--metadata-file` holds, as far as it matters. */
const metadata = z.object({ "containerimage.digest": z.string().regex(/^sha256:[0-9a-f]{64}$/) });

async function readDigest(file: string): Promise<string> {
  const unknown = (): BuildFailure =>
    new BuildFailure(
      "building",
      "push_failed",
      "Docker built the image but did not say under which digest it pushed it. Deploy again.",
      0,
    );
  const text = await readFile(file, "utf8").catch(() => {
    throw unknown();
  });
  const parsed = metadata.safeParse(parseJson(text));
  if (!parsed.success) throw unknown();
  return parsed.data["containerimage.digest"];
}
