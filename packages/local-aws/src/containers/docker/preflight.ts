import { closeSync, lstatSync, openSync, readSync } from "node:fs";
import { posix } from "node:path";
import { resolveIn } from "../images/tree.ts";
import type { Instruction, Stage } from "./dockerfile.ts";
import { jsonForm } from "./dockerfile.ts";
import { NeedsEngine } from "./failures.ts";
import { isServer, type Surroundings, unmetBy } from "./host-tools.ts";
import { expandedWords, INSTRUCTIONS, isStep, type StageInputs, shownAs } from "./instructions.ts";
import { baseName, scriptOf, shellCommands } from "./shell-commands.ts";
import { lookupIn, type StageState } from "./stage.ts";
import { expand } from "./substitution.ts";

/** A stage as it is looked at before anything runs. */
export interface Surveyed {
  readonly stage: Stage;
  /** What it begins with besides the stages before; `scratch`: nothing. */
  readonly image: string;
  /** Variables and configuration as the instructions before left them. Its tree is not looked at. */
  readonly state: StageState;
  readonly inputs: StageInputs;
  /** Whether steps can run a program of that name. */
  readonly hasProgram: (name: string) => boolean;
  /** The text of what came before, of the stages that it begins with as well. */
  before: string;
  /** Where the command of the image stands. */
  command: Instruction | undefined;
}

const COPY_FLAGS = ["from", "chown", "chmod", "link"];
const REMOTE = /^(?:https?|git|ssh):|^git@/;

/** The first bytes of what `ADD` unpacks: gzip, bzip2, xz, zstd. */
const MAGIC = ["1f8b", "425a68", "fd377a585a00", "28b52ffd"];
const TAR_AT = 257;

/** Whether docker takes a file for an archive: by its content, whatever its name. */
function isArchive(file: string): boolean {
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const head = Buffer.alloc(TAR_AT + 5);
  const descriptor = openSync(file, "r");
  try {
    const read = readSync(descriptor, head, 0, head.length, 0);
    const isTar = read === head.length && head.toString("latin1", TAR_AT) === "ustar";
    return isTar || MAGIC.some((magic) => head.toString("hex").startsWith(magic));
  } finally {
    closeSync(descriptor);
  }
}

type Need = string | undefined;

function copyNeeds(survey: Surveyed, instruction: Instruction): Need {
  const { keyword, flags } = instruction;
  const flag = (name: string): string | undefined => flags.find(([one]) => one === name)?.[1];
  const other = flags.find(([name]) => !COPY_FLAGS.includes(name));
  if (other !== undefined) return `the host engine does not know --${other[0]}`;
  const from = flag("from");
  if (from !== undefined && survey.inputs.stage(from) === undefined)
    return `it copies from the image ${from}, and the host engine has no images of others`;
  const mode = flag("chmod");
  if (mode !== undefined && !/^[0-7]{1,4}$/.test(expand(mode, lookupIn(survey.state))))
    return `the host engine takes octal modes only, not --chmod=${mode}`;
  if (keyword !== "ADD") return undefined;
  for (const source of expandedWords(survey.state, instruction.text).slice(0, -1)) {
    if (REMOTE.test(source)) return `the host engine does not download ${source}`;
    if (isArchive(resolveIn(survey.inputs.context.root, posix.normalize(source))))
      return `the host engine does not unpack ${source}`;
  }
  return undefined;
}

function mountNeeds({ inputs }: Surveyed, value: string): Need {
  const from = /(?:^|,)from=([^,]*)/.exec(value)?.[1];
  return from !== undefined && inputs.stage(from) === undefined
    ? `it mounts the image ${from}, and the host engine has no images of others`
    : undefined;
}

/** What the commands of a script or of a JSON form need. */
function commandNeeds(survey: Surveyed, argv: readonly string[], script = scriptOf(argv)): Need {
  const { state, image, before, hasProgram } = survey;
  const around: Surroundings = { path: state.env.get("PATH") ?? "", before, hasProgram };
  const [name = "", ...args] = argv;
  const direct = { name: baseName(name), args, isCertain: true };
  const called = script === undefined ? [direct] : [direct, ...shellCommands(script)];
  for (const { isCertain, ...command } of called) {
    const unmet = isCertain ? unmetBy(command, around) : undefined;
    if (unmet !== undefined)
      return `${command.name} ${unmet}, and the host engine does not have the base image ${image}`;
  }
  return undefined;
}

function runNeeds(survey: Surveyed, { text, flags, heredocs }: Instruction): Need {
  const { shell } = survey.state;
  const network = flags.find(([name]) => name === "network")?.[1];
  if (network === "none") return "the host engine cannot take the network from a step";
  const special = flags.find(([name]) => name === "security" || name === "device");
  if (special !== undefined) return `the host engine does not know --${special[0]}`;
  for (const [name, value] of flags) {
    const need = name === "mount" ? mountNeeds(survey, value) : undefined;
    if (need !== undefined) return need;
  }
  const argv = jsonForm(text);
  if (argv !== undefined) return commandNeeds(survey, argv);
  const documents = heredocs.map(({ content, name }) => `\n${content}${name}`).join("");
  const [document] = heredocs;
  const isDocument = /^<<-?\s*\S+$/.test(text);
  if (isDocument && document?.content.startsWith("#!") === true) return undefined;
  const script = isDocument ? (document?.content ?? "") : `${text}${documents}`;
  return commandNeeds(survey, shell, script);
}

const NEEDS: Readonly<Record<string, (survey: Surveyed, instruction: Instruction) => Need>> = {
  ADD: copyNeeds,
  COPY: copyNeeds,
  RUN: runNeeds,
};

const asWritten = ({ keyword, flags, text }: Instruction): string =>
  [keyword, ...flags.map(([name, value]) => `--${name}${value === "" ? "" : `=${value}`}`), text].join(" ");

/**
 * Looks at a stage's instructions one by one, as if they were carried out. Throws {@link NeedsEngine} at the first that needs what
 * this machine cannot give.
 */
export function survey(surveyed: Surveyed, instructions: readonly Instruction[]): void {
  const { state, inputs } = surveyed;
  const quiet = { log: () => {} };
  for (const instruction of instructions) {
    const need = NEEDS[instruction.keyword]?.(surveyed, instruction);
    if (need !== undefined) throw new NeedsEngine(instruction.line, shownAs(state, instruction), need);
    if (instruction.keyword === "CMD" || instruction.keyword === "ENTRYPOINT") surveyed.command = instruction;
    if (instruction.keyword === "WORKDIR") {
      const path = expand(instruction.text, lookupIn(state));
      state.config = { ...state.config, WorkingDir: posix.resolve(state.config.WorkingDir, path) };
    } else if (!isStep(instruction)) void INSTRUCTIONS[instruction.keyword]?.(state, instruction, inputs, quiet);
    surveyed.before += `${asWritten(instruction)}\n${instruction.heredocs.map(({ content }) => content).join("")}`;
  }
}

/** Throws {@link NeedsEngine} where the image would start what only its base image has. */
export function surveyCommand(surveyed: Surveyed): void {
  const { state, stage, image, command } = surveyed;
  const { Entrypoint, Cmd } = state.config;
  const argv = [...(Entrypoint ?? []), ...(Cmd ?? [])];
  if (argv.length === 0) {
    if (!isServer(image)) return;
    const why = `the Dockerfile names no CMD, and the host engine does not have the base image ${image} with its own`;
    throw new NeedsEngine(stage.line, `FROM ${image}`, why);
  }
  const need = commandNeeds(surveyed, argv);
  if (need !== undefined && command !== undefined) throw new NeedsEngine(command.line, asWritten(command), need);
}
