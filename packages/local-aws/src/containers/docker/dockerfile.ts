import { DockerfileParser, type Instruction as ParsedInstruction } from "dockerfile-ast";
import { ValidationCode, validate } from "dockerfile-utils";
import * as z from "zod";
import { SolveError } from "./failures.ts";
import { type Heredoc, unmasked, withoutHeredocs } from "./heredocs.ts";

export interface Instruction {
  /** In upper case. */
  readonly keyword: string;
  /** From 1. */
  readonly line: number;
  /** What follows the flags, on one line, without the here-documents. */
  readonly text: string;
  readonly flags: readonly (readonly [name: string, value: string])[];
  readonly heredocs: readonly Heredoc[];
}

export interface Stage {
  readonly index: number;
  /** Lower case, as stages are found by it; `null` without `AS`. */
  readonly name: string | null;
  /** What stands after `FROM`, not yet expanded. */
  readonly base: string;
  /** Of `FROM`, from 1. */
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** The `ARG`s before the first `FROM`. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
}

const RUN_FLAGS = ["mount", "network", "security", "device"];
const MOUNT_TYPES = ["bind", "cache", "tmpfs", "secret", "ssh"];
const ONE_ARGUMENT = ["WORKDIR", "USER", "STOPSIGNAL"];

/** Docker's words where they differ from the validator's. */
const WORDS: Readonly<Record<number, (keyword: string, message: string) => string>> = {
  [ValidationCode.UNKNOWN_INSTRUCTION]: (keyword) => `unknown instruction: ${keyword}`,
  [ValidationCode.ARGUMENT_MISSING]: (keyword) =>
    keyword === "FROM"
      ? "FROM requires either one or three arguments"
      : `${keyword} requires ${ONE_ARGUMENT.includes(keyword) ? "exactly" : "at least"} one argument`,
  [ValidationCode.ARGUMENT_REQUIRES_AT_LEAST_TWO]: (keyword) =>
    `${keyword} requires at least two arguments, but only one was provided. Destination could not be determined`,
  [ValidationCode.UNKNOWN_ADD_FLAG]: (_, message) => message.replace("Unknown flag: ", "unknown flag: --"),
  [ValidationCode.UNKNOWN_COPY_FLAG]: (_, message) => message.replace("Unknown flag: ", "unknown flag: --"),
  [ValidationCode.UNKNOWN_FROM_FLAG]: (_, message) => message.replace("Unknown flag: ", "unknown flag: --"),
  [ValidationCode.UNKNOWN_HEALTHCHECK_FLAG]: (_, message) => message.replace("Unknown flag: ", "unknown flag: --"),
};
/** Found out otherwise: the first when the stages are laid out, the second when the destination's variables are known. */
const JUDGED_LATER: readonly unknown[] = [ValidationCode.NO_SOURCE_IMAGE, ValidationCode.INVALID_DESTINATION];
const SEVERITY_ERROR = 1;

const parseError = (line: number, message: string) =>
  new SolveError(`dockerfile parse error on line ${line}: ${message}`);

function refuseInvalid(text: string): void {
  const wrong = validate(text)
    .filter(({ severity, code }) => severity === SEVERITY_ERROR && !JUDGED_LATER.includes(code))
    .sort((a, b) => a.range.start.line - b.range.start.line)[0];
  if (wrong === undefined) return;
  const keyword = /^\s*(\S+)/.exec(text.split("\n")[wrong.range.start.line] ?? "")?.[1] ?? "";
  const words = typeof wrong.code === "number" ? WORDS[wrong.code] : undefined;
  const message = typeof wrong.message === "string" ? wrong.message : wrong.message.value;
  throw parseError(wrong.range.start.line + 1, words?.(keyword.toUpperCase(), message) ?? message);
}

/** One line of several: continuations joined, comments and empty lines between them dropped. */
function joinLines(raw: string, escapeCharacter: string): string {
  const continued = new RegExp(`\\${escapeCharacter}[ \\t]*$`);
  return raw
    .split(/\r?\n/)
    .filter((line, index) => index === 0 || !/^\s*(#|$)/.test(line))
    .map((line) => line.replace(continued, ""))
    .join("");
}

type WithFlags = { getFlags(): { getName(): string; getValue(): string | null }[] };

/** Some of the library's classes have flags. */
const has = <T>(instruction: object, method: keyof T & string): instruction is T & object => method in instruction;

function read(
  parsed: ParsedInstruction,
  heredocs: ReadonlyMap<number, readonly Heredoc[]>,
  escapeCharacter: string,
): Instruction {
  const line = parsed.getRange().start.line + 1;
  const keyword = parsed.getKeyword();
  const raw = parsed.getRawArgumentsContent() ?? "";
  const flags = has<WithFlags>(parsed, "getFlags") ? parsed.getFlags() : [];
  const unknown = keyword === "RUN" ? flags.find((flag) => !RUN_FLAGS.includes(flag.getName())) : undefined;
  if (unknown !== undefined) throw parseError(line, `unknown flag: --${unknown.getName()}`);
  for (const flag of keyword === "RUN" ? flags.filter((one) => one.getName() === "mount") : []) {
    const type = /(?:^|,)type=([^,]*)/.exec(flag.getValue() ?? "")?.[1];
    if (type !== undefined && !type.includes("$") && !MOUNT_TYPES.includes(type))
      throw parseError(line, `unsupported mount type "${type}"`);
  }
  return {
    keyword,
    line,
    heredocs: heredocs.get(line) ?? [],
    text: unmasked(joinLines(raw, escapeCharacter)).trim(),
    flags: flags.map((flag) => [flag.getName(), flag.getValue() ?? ""] as const),
  };
}

/**
 * Reads a Dockerfile and puts its stages apart. Throws {@link SolveError} in docker's words, with the line, for what docker's
 * parser refuses; an unclosed JSON array is the shell form, as it is to docker.
 */
export function parseDockerfile(text: string): Dockerfile {
  const escapeCharacter = DockerfileParser.parse(text).getEscapeCharacter();
  const { text: plain, heredocs } = withoutHeredocs(text, escapeCharacter);
  refuseInvalid(plain);
  const parsed = DockerfileParser.parse(plain);
  const instructions = parsed.getInstructions().map((one) => read(one, heredocs, escapeCharacter));
  if (instructions.length === 0) throw new SolveError("file with no instructions");
  const first = instructions.findIndex(({ keyword }) => keyword === "FROM");
  const globals = first < 0 ? instructions : instructions.slice(0, first);
  const misplaced = globals.find(({ keyword }) => keyword !== "ARG");
  if (misplaced !== undefined) throw parseError(misplaced.line, "no build stage in current context");
  const stages: (Omit<Stage, "instructions"> & { instructions: Instruction[] })[] = [];
  for (const instruction of first < 0 ? [] : instructions.slice(first)) {
    const [base = "", , name = null] = instruction.text.split(/\s+/);
    if (instruction.keyword === "FROM") {
      const { line } = instruction;
      stages.push({ index: stages.length, name: name?.toLowerCase() ?? null, base, line, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  if (stages.length === 0) throw new SolveError("dockerfile contains no stages to build");
  return { globals, stages };
}

/** The words of the JSON form; `undefined` when it is not one, and thus the shell form. */
export function jsonForm(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    return z.array(z.string()).safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
