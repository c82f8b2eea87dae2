import { withoutEnd } from "@slipway/text/trim";
import { architectureMissing, type ForeignBase } from "./architecture.ts";
import { secretMissing } from "./demands.ts";
import { BuildFailure } from "./failure.ts";
import type { VertexError } from "./render.ts";

/** How docker ended, and what it said. */
export interface DockerEnd {
  /** Docker's own exit code, not 0. */
  readonly exitCode: number;
  readonly errors: readonly VertexError[];
  /** The last plain lines that docker itself printed. */
  readonly text: readonly string[];
  /** Base images for another architecture. */
  readonly foreign?: readonly ForeignBase[];
}

/**
 * BuildKit's words for a command that ended with a code, and why: the limit it was killed for, or what was missing; the second
 * are those of Docker before version 23. At the end of the text, since the command stands before them.
 */
const COMMAND_ENDED =
  /(?:did not complete successfully|executor failed running \[[^\n]*\]): exit code: (\d+)(?:: ([^\n]{1,200}))?\s*$/;
/** Not before the words for what is no fault of the Dockerfile's text. */
const NO_OTHER_CAUSE = "(?!.*(?:failed to|not found|denied|unexpected status|failed with status|target stage))";
/** BuildKit's words for a Dockerfile that it cannot read, or whose stages make no sense. */
const INVALID = new RegExp(
  `(?:${[
    "dockerfile parse error",
    `(?<=failed to create LLB definition: )${NO_OTHER_CAUSE}`,
    "Dockerfile cannot be empty",
    "file with no instructions",
    "failed to parse stage name",
    "no build stage in current context",
    String.raw`base name \(.*\) should not be blank`,
    "circular dependency detected",
    "unknown flag:",
    'failed to process "',
    "failed to parse platform",
  ].join("|")})[^\\n]*`,
  "i",
);
const RATE_LIMITED = /toomanyrequests|429 Too Many Requests/i;
const PUSH = /failed to push|^pushing |^exporting to /i;
/** Docker before version 23 leaves a word out. */
const OLD_PARSE_ERROR = /dockerfile parse error line/g;
/** Docker from version 28 on says only what is wrong with an instruction, and marks its line in an excerpt. */
const MARKED_LINE = /^ *(\d+) \| >>> /;
const UNNAMED_ERROR = new RegExp(`(?<=failed to solve: )(?!.*parse error)${NO_OTHER_CAUSE}`);
const UNREACHABLE =
  /Cannot connect to (?:the Docker daemon|Podman)|error during connect|Error response from daemon: .*EOF|rpc error: code = Unavailable|Unavailable: error reading from server|connection is shut down|was ended by SIG[A-Z]+/i;
const NO_ROOM = /no space left on device/i;
/** The local mode's words for a Dockerfile that the engine is too old for. */
const NEEDS_NEWER_ENGINE = /needs a newer container engine: ([^\n]*)/;
/** The host engine's words for a Dockerfile that it cannot build. */
const NEEDS_ENGINE = /needs a container engine: ([^\n]*)/;
const NO_DOCKERFILE = /failed to read dockerfile[^\n]*/i;
/** What COPY or ADD asked for. Docker before version 23 names where it looked on its own disk. */
const NO_FILE =
  /"([^"\n]+)"(?:| not found): not found|(?:\/(?:buildkit-mount\d+|merged)|lstat (?!\/var\/lib\/))(\/[^\s:]+): no such file or directory/;
/** Where Docker before version 23 keeps the directory of a Dockerfile meanwhile. */
const OWN_DIRECTORY = /(?<=\s)\/\S*\/buildkit-mount\d+\//g;
/** An image that cannot be pulled, and why. Docker before version 23 names it only in the name of the step, or in the address that it asked. */
const NO_BASE_IMAGE: readonly RegExp[] = [
  /failed to resolve source metadata for (?<image>\S+): (?<why>[^\n]*)/i,
  /load metadata for (?<image>[^\n]+)\n(?<why>[^\n]+)/,
  /failed to do request: Head "https?:\/\/(?<host>[^/"]+)\/v2\/(?<path>[^"]+)\/manifests\/(?<tag>[^"]+)": (?<why>[^\n]*)/,
  /(?<why>(?:pull access denied|manifest unknown)[^\n]*)/i,
];
const NO_DOWNLOAD = /Get "(https?:\/\/(?![^"]*\/v2\/)[^"]+)": ([^\n]*)/;
const NO_USER = /unable to find user ([^\s:]{1,100}):/;

/** BuildKit's words for a list of images without one for the platform, then Podman's. */
const NO_ARCHITECTURE =
  /no match for platform in manifest|no image found in (?:image index|manifest list) for architecture/;
/** Which image that is. */
const LISTED = /(?:load metadata for|resolve source metadata for|manifest list docker:\/\/|FROM) ?([^\s"]{1,300})/;

const NO_SECRET = /secret ([\w.-]{1,100})(?:| not found): not found/;
const NO_TARGET = /target stage "?([\w.-]{1,128})"? could not be found/;

/** Killed by SIGKILL: what the kernel does to a process when memory is short. */
const KILLED = 137;
/** Of a program for another architecture: the kernel refuses it. */
const NOT_EXECUTABLE = 255;

/** Says in the protocol's terms why a build by docker failed. Only docker's own words are judged, never a command's output. */
export function explainDockerFailure(end: DockerEnd): BuildFailure {
  const command = end.errors.find(({ error }) => COMMAND_ENDED.test(error));
  if (command !== undefined) return commandFailed(command, end);
  const words = wordsOf(end);
  const known = EXPLANATIONS.find(({ when }) => when.test(words));
  if (known !== undefined) return known.explain(words, end.exitCode);
  return new BuildFailure("building", "build_failed", `${failed(end.exitCode)}${saying(lastWords(end))}`, end.exitCode);
}

/** What docker said of what went wrong, in the words of one version. */
function wordsOf({ errors, text }: DockerEnd): string {
  const words = [...errors.map(({ name, error }) => `${name}\n${error}`), ...text.filter(isError)].join("\n");
  const marked = errors.length > 0 ? undefined : text.find((line) => MARKED_LINE.test(line));
  return marked === undefined
    ? words.replace(OLD_PARSE_ERROR, "dockerfile parse error on line")
    : words.replace(UNNAMED_ERROR, `dockerfile parse error on line ${match(MARKED_LINE, marked, 1)}: `);
}

const failed = (exitCode: number): string => `Docker build failed with exit code ${exitCode}`;

/** A table rather than a chain: the first that fits explains. */
const EXPLANATIONS: readonly {
  readonly when: RegExp;
  readonly explain: (words: string, exitCode: number) => BuildFailure;
}[] = [
  {
    when: NEEDS_ENGINE,
    explain: (words, code) =>
      new BuildFailure(
        "building",
        "container_engine_required",
        `This Dockerfile needs Docker or Podman: ${sentence(match(NEEDS_ENGINE, words, 1), 600)} Start Docker or Podman on this machine and restart Slipway, then deploy again. The Dockerfile needs no change.`,
        code,
      ),
  },
  {
    when: NEEDS_NEWER_ENGINE,
    explain: (words, code) =>
      new BuildFailure(
        "building",
        "container_engine_required",
        `This Dockerfile needs a newer container engine: ${sentence(match(NEEDS_NEWER_ENGINE, words, 1), 600)} Update it on this machine, then deploy again. The Dockerfile needs no change.`,
        code,
      ),
  },
  {
    when: NO_ROOM,
    explain: (_words, code) =>
      new BuildFailure(
        "building",
        "build_failed",
        `${failed(code)}: the disk of the machine that builds is full. Make room there, such as with docker system prune, and deploy again.`,
        code,
      ),
  },
  {
    when: UNREACHABLE,
    explain: (words, code) =>
      new BuildFailure(
        "building",
        "build_failed",
        `${failed(code)}: the container engine went away or does not answer: ${sentence(lastLine(words))} Start it, then deploy again.`,
        code,
      ),
  },
  {
    when: NO_ARCHITECTURE,
    explain: (words, code) => {
      const image = match(LISTED, words, 1).replace(/:$/, "");
      return architectureMissing({ image: image === "" ? "of the Dockerfile" : shortened(image) }, code);
    },
  },
  {
    when: INVALID,
    explain: (words, code) =>
      new BuildFailure(
        "building",
        "dockerfile_invalid",
        `The Dockerfile is invalid: ${sentence(match(INVALID, words))} Correct it and push again.`,
        code,
      ),
  },
  { when: NO_SECRET, explain: (words, code) => secretMissing(match(NO_SECRET, words, 1), code) },
  {
    when: NO_TARGET,
    explain: (words, code) =>
      new BuildFailure(
        "building",
        "build_target_unknown",
        `The Dockerfile has no stage "${match(NO_TARGET, words, 1)}". Correct the app's setting "buildTarget".`,
        code,
      ),
  },
  {
    when: NO_DOCKERFILE,
    explain: (words, code) =>
      new BuildFailure(
        "building",
        "dockerfile_missing",
        `Docker could not read the Dockerfile: ${sentence(match(NO_DOCKERFILE, words).replace(OWN_DIRECTORY, ""))} Check the app's setting "dockerfile".`,
        code,
      ),
  },
  {
    when: new RegExp(PUSH.source, "im"),
    explain: (words, code) =>
      new BuildFailure(
        "building",
        "push_failed",
        `The image was built but could not be pushed to the registry: ${sentence(lastLine(words))} Deploy again; if it stays, check the build's permissions on the registry.`,
        code,
      ),
  },
  {
    when: RATE_LIMITED,
    explain: (_words, code) =>
      new BuildFailure(
        "building",
        "base_image_rate_limited",
        "The registry of the base image refuses further downloads for now (429, too many requests). Deploy again later, or take the base image from a registry without that limit, such as public.ecr.aws.",
        code,
      ),
  },
  ...NO_BASE_IMAGE.map((when) => ({
    when,
    explain: (words: string, code: number) => noBaseImage(when.exec(words)?.groups ?? {}, code),
  })),
  {
    when: NO_DOWNLOAD,
    explain: (words, code) =>
      new BuildFailure(
        "building",
        "build_failed",
        `${failed(code)}: ${shortened(match(NO_DOWNLOAD, words, 1), 200)} could not be downloaded: ${sentence(match(NO_DOWNLOAD, words, 2))} Check the address after ADD in the Dockerfile, then deploy again.`,
        code,
      ),
  },
  {
    when: NO_USER,
    explain: (words, code) =>
      new BuildFailure(
        "building",
        "build_failed",
        `${failed(code)}: the image has no user "${match(NO_USER, words, 1)}". Add the user before the line USER in the Dockerfile, or correct the name.`,
        code,
      ),
  },
  {
    when: NO_FILE,
    explain: (words, code) =>
      new BuildFailure(
        "building",
        "build_failed",
        `${failed(code)}: there is no "${shortened(match(NO_FILE, words, 1) || match(NO_FILE, words, 2))}" to copy. Check the path in the Dockerfile, and whether .dockerignore leaves it out.`,
        code,
      ),
  },
];

/** `groups`: of {@link NO_BASE_IMAGE}. */
function noBaseImage(groups: Readonly<Partial<Record<string, string>>>, exitCode: number): BuildFailure {
  const { host, path, tag, why = "" } = groups;
  const named = groups.image ?? (host === undefined ? "" : `${host.replace("registry-1.", "")}/${path}:${tag}`);
  const image = named.replace(/^docker\.io\/(?:library\/)?/, "");
  const because = why.replace(`${named}: `, "").replace(/^.*"https?:\/\/[^"]*": /, "");
  return new BuildFailure(
    "building",
    "build_failed",
    `${failed(exitCode)}: the base image${image === "" ? "" : ` ${shortened(image, 200)}`} could not be pulled: ${sentence(because)} Check the name after FROM in the Dockerfile.`,
    exitCode,
  );
}

function commandFailed({ error, step }: VertexError, { exitCode: dockerExit, foreign = [] }: DockerEnd): BuildFailure {
  const code = Number(match(COMMAND_ENDED, error, 1));
  if (code === NOT_EXECUTABLE && foreign[0] !== undefined) return architectureMissing(foreign[0], code);
  const where = step === undefined ? "" : ` at step ${step.number}/${step.of} (${shortened(step.instruction)})`;
  const limit = match(COMMAND_ENDED, error, 2);
  const killed = ` It was killed, ${limit === "" ? "most likely because memory ran out" : limit}.`;
  const missed =
    limit === "" ? "" : ` Note that ${limit}. If the command needs them, start Docker or Podman and restart Slipway.`;
  const why = code === KILLED ? killed : missed;
  const advice = " Fix the command in the Dockerfile, or run it locally with docker build.";
  return new BuildFailure("building", "build_failed", `${failed(code)}${where}.${why}${advice}`, code, dockerExit);
}

function match(pattern: RegExp, text: string, group = 0): string {
  return pattern.exec(text)?.[group] ?? "";
}

const isError = (line: string): boolean => /^(?:ERROR|error):/.test(line) || RATE_LIMITED.test(line);

function lastWords({ errors, text }: DockerEnd): string {
  const said = text.filter(isError).at(-1) ?? errors.at(-1)?.error ?? text.filter((line) => line.trim() !== "").at(-1);
  return (said ?? "").replace(/^error:\s*/i, "");
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^error:\s*/i, "") ?? ""
  );
}

function saying(words: string): string {
  const advice = " See the log, then deploy again.";
  return words === "" ? `.${advice}` : `: ${sentence(words)}${advice}`;
}

/** Of readable length, and ended by a full stop. */
function sentence(words: string, length = 300): string {
  return `${withoutEnd(shortened(words.trim(), length), ". \n\t")}.`;
}

function shortened(text: string, length = 80): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
