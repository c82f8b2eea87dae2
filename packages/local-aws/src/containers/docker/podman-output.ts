import type { Dockerfile, Stage } from "./dockerfile.ts";
import { SolveError } from "./failures.ts";
import { isStep } from "./instructions.ts";
import type { Progress, Vertex } from "./progress.ts";

/** `STEP 2/5: RUN npm ci`, `[1/2] STEP 2/5: RUN npm ci`. */
const STEP = /^(?:\[(\d+)\/\d+\] )?STEP (\d+)\/(\d+): (.*)$/;
const CACHED = /^(?:\[\d+\/\d+\] )?--> Using cache /;
/** What podman says of its own work. */
const OWN =
  /^(?:(?:\[\d+\/\d+\] )?(?:--> |COMMIT\b)|\[Warning\] one or more build args were not consumed|Successfully tagged |[0-9a-f]{64}$)/;
const ERROR = /^Error: (.*)$/s;

/** As docker tells it of a registry that answered so. */
const RATE_LIMIT = "unexpected status from HEAD request: 429 Too Many Requests";

const notFound = (path: string): string => `failed to compute cache key: "${path}": not found`;

/** Podman's words for what went wrong, and docker's for the same, the second with the groups of the first. */
const WORDS: readonly (readonly [RegExp, (...groups: string[]) => string])[] = [
  [/^no contents in /, () => "the Dockerfile cannot be empty"],
  [/no FROM statement found/, () => "no build stage in current context"],
  [/The target "([^"]*)" was not found/, (name) => `target stage "${name}" could not be found`],
  [/^(?:COPY|ADD) --from=(\S+): no stage or image found/, (name) => notResolved(name, "not found")],
  [/copier: stat: \[?"([^"]*)"\]?: no such file or directory/, notFound],
  [
    /no items matching glob "(.*?)" copied \(\d+ filtered out using (.*?)\/[^/]*\.?dockerignore\)/,
    (path, directory) => notFound(path.startsWith(`${directory}/`) ? path.slice(directory.length) : path),
  ],
  [/no secret with id (\S+) found/, (id) => `secret ${id}: not found`],
  [/error looking up user "([^"]*)"/, (user) => `unable to find user ${user}: no matching entries in passwd file`],
  [
    /Build error: Unknown instruction: "([^"]*)"/i,
    (keyword) => `dockerfile parse error: unknown instruction: ${keyword}`,
  ],
  [/creating build container: short-name "([^"]*)" did not resolve/, (name) => notResolved(name, "not found")],
  [/initializing source docker:\/\/(\S+): .*too many requests to registry/is, (name) => notResolved(name, RATE_LIMIT)],
  [/initializing source docker:\/\/(\S+): (.*)/s, (name, why) => notResolved(name, why)],
  [
    /^stat (?:\S*\/)?([^/\s]+): no such file or directory/,
    (name) => `failed to read dockerfile: open ${name}: no such file or directory`,
  ],
];

const notResolved = (name: string, why: string): string =>
  `failed to resolve source metadata for ${name}: ${why.replace(/\.$/, "")}`;

/** How a command ended inside of a step. */
const COMMAND_ENDED = /while running runtime: exit status (\d+)$/;

/** The error of a failed `podman build` in BuildKit's words. */
export function inDockersWords(error: string, instruction: string): SolveError {
  const code = COMMAND_ENDED.exec(error)?.[1];
  if (code !== undefined) {
    const command = instruction.replace(/^RUN\s+(?:--\S+\s+)*/, "");
    return new SolveError(`process "/bin/sh -c ${command}" did not complete successfully: exit code: ${code}`);
  }
  for (const [pattern, words] of WORDS) {
    const found = pattern.exec(error);
    if (found !== null) return new SolveError(words(...found.slice(1)));
  }
  return new SolveError(error);
}

/** Podman does not find a `FROM` whose variable is empty. */
function blankBase(error: string, dockerfile: Dockerfile | undefined): SolveError | undefined {
  const stage = /no FROM statement found/.test(error) ? dockerfile?.stages[0] : undefined;
  return stage === undefined ? undefined : new SolveError(`base name (${stage.base}) should not be blank`);
}

/** Numbers the steps of a stage as docker does: only what makes a layer, and `FROM` where an image is taken. */
function numbered(dockerfile: Dockerfile | undefined, stage: number, index: number, of: number, text: string) {
  const own = { number: index, of, name: dockerfile === undefined ? "" : nameOf(dockerfile, stage) };
  const found = dockerfile?.stages[stage];
  // Podman counts `FROM`, what follows it, and in the end the labels of the command line; where it counts otherwise its own
  // numbers are the truth.
  const written = (found?.instructions.length ?? 0) + 1;
  if (dockerfile === undefined || found === undefined || ![written, written + 1].includes(of)) return own;
  if (index > written) return undefined;
  const takesImage = takesAnImage(dockerfile, found);
  const isCounted = (at: number): boolean => {
    const instruction = found.instructions[at - 2];
    return instruction === undefined ? takesImage : isStep(instruction);
  };
  if (/^FROM\b/i.test(text) !== (index === 1) || !isCounted(index)) return undefined;
  const counted = Array.from({ length: written }, (_, at) => at + 1).filter(isCounted);
  return { ...own, number: counted.indexOf(index) + 1, of: counted.length };
}

const takesAnImage = ({ stages }: Dockerfile, { base, index }: Stage): boolean =>
  base !== "scratch" && !stages.slice(0, index).some(({ name }) => name === base.toLowerCase());

const nameOf = ({ stages }: Dockerfile, stage: number): string =>
  stages[stage]?.name ?? (stages.length > 1 ? `stage-${stage}` : "");

interface OpenStep {
  readonly vertex: Vertex;
  end(error?: Error): Promise<void>;
}

export interface PodmanReader {
  /** A whole line of podman's output. */
  read(line: string, stream: "stdout" | "stderr"): Promise<void>;
  /** Ends what is shown; throws {@link SolveError} where podman failed. */
  end(exitCode: number): Promise<void>;
}

/**
 * Shows what `podman build` prints as docker shows a build: steps with docker's numbers, their output, and its errors in docker's
 * words. `dockerfile` is what is built, or why it is invalid; `undefined`: it is not there.
 */
export function podmanReader(progress: Progress, dockerfile: Dockerfile | SolveError | undefined): PodmanReader {
  const valid = dockerfile instanceof SolveError ? undefined : dockerfile;
  let step: OpenStep | undefined;
  let instruction = "";
  let error: string | undefined;
  const said: string[] = [];

  const open = (name: string): OpenStep => {
    const done = Promise.withResolvers<void>();
    let vertex: Vertex = { log: () => {} };
    const shown = progress.step(name, (given) => {
      vertex = given;
      return done.promise;
    });
    return {
      vertex,
      end: async (failure) => {
        if (failure === undefined) done.resolve();
        else done.reject(failure);
        await shown.catch(() => {});
      },
    };
  };

  const begin = async ([, stage = "1", index = "", of = "", text = ""]: readonly string[]): Promise<void> => {
    await step?.end();
    step = undefined;
    instruction = text;
    const at = numbered(valid, Number(stage) - 1, Number(index), Number(of), text);
    if (at === undefined) return;
    const where = `${at.name === "" ? "" : `${at.name} `}${at.number}/${at.of}`;
    step = open(`[${where}] ${text}`);
  };

  return {
    read: async (line, stream) => {
      const begins = STEP.exec(line);
      if (begins !== null) return begin(begins);
      if (CACHED.test(line)) step?.vertex.cached?.();
      const failed = ERROR.exec(line);
      if (failed !== null) error = failed[1];
      if (failed !== null || OWN.test(line)) return;
      if (/^time="/.test(line)) said.push(line);
      if (step === undefined) process.stderr.write(`${line}\n`);
      else step.vertex.log(stream, `${line}\n`);
    },
    end: async (exitCode) => {
      if (exitCode === 0) return step?.end();
      const reason = error ?? said.at(-1) ?? `podman ended with exit code ${exitCode}`;
      // Podman finds out late that a Dockerfile is invalid, and does not say in which line.
      const isInvalid = dockerfile instanceof SolveError && !COMMAND_ENDED.test(reason);
      const words = isInvalid ? dockerfile : (blankBase(reason, valid) ?? inDockersWords(reason, instruction));
      await step?.end(words);
      throw words;
    },
  };
}
