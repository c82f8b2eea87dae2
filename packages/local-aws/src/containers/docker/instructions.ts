import { existsSync, mkdirSync } from "node:fs";
import { posix } from "node:path";
import { resolveIn } from "../images/tree.ts";
import { type Copy, type CopySource, copyInto } from "./copy.ts";
import { type Instruction, jsonForm } from "./dockerfile.ts";
import { SolveError } from "./failures.ts";
import type { Vertex } from "./progress.ts";
import { type HostSteps, runStep } from "./run.ts";
import { lookupIn, type StageState } from "./stage.ts";
import { expand, nameValues, splitWords } from "./substitution.ts";

/** What a stage's instructions may use besides the stage. */
export interface StageInputs {
  /** Values of `--build-arg`, and of `ARG`s before the first `FROM` that are declared again. */
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly context: CopySource;
  /** The tree of an earlier stage, by name or number; `undefined` when there is none of that name. */
  stage(name: string): string | undefined;
  readonly host: HostSteps;
  readonly scratch: string;
}

type Carry = (state: StageState, instruction: Instruction, inputs: StageInputs, vertex: Vertex) => Promise<void> | void;

const NEEDS_ENGINE = "needs a container engine (docker or podman)";
const COPY_FLAGS = ["from", "chown", "chmod", "link"];
const ARCHIVE = /\.(tar|tgz|tar\.(gz|bz2|xz|zst))$/;

/** The words of an instruction with variables replaced, JSON form or not. */
function expandedWords(state: StageState, text: string): string[] {
  const lookup = lookupIn(state);
  return jsonForm(text)?.map((word) => expand(word, lookup)) ?? splitWords(text).map((word) => expand(word, lookup));
}

const commandForm = (state: StageState, text: string): string[] => jsonForm(text) ?? [...state.shell, text];

const setEnv: Carry = (state, { text }) => {
  const before = new Map(state.env);
  const lookup = (name: string) => before.get(name) ?? state.args.get(name);
  for (const [name, value] of nameValues(text)) state.env.set(expand(name, lookup), expand(value ?? "", lookup));
};

const declareArg: Carry = (state, { text }, { buildArgs, globalArgs }) => {
  for (const [name, fallback] of splitWords(text).flatMap((word) => nameValues(word))) {
    const value =
      buildArgs[name] ?? (fallback === undefined ? globalArgs.get(name) : expand(fallback, lookupIn(state)));
    if (value !== undefined) state.args.set(name, value);
  }
};

const setLabels: Carry = (state, { text }) => {
  const lookup = lookupIn(state);
  const pairs = nameValues(text).map(([name, value]) => [expand(name, lookup), expand(value ?? "", lookup)]);
  state.config = { ...state.config, Labels: { ...state.config.Labels, ...Object.fromEntries(pairs) } };
};

const expose: Carry = (state, { text }) => {
  const ports = expandedWords(state, text).map((port) => [port.includes("/") ? port : `${port}/tcp`, {}] as const);
  state.config = { ...state.config, ExposedPorts: { ...state.config.ExposedPorts, ...Object.fromEntries(ports) } };
};

const workdir: Carry = (state, { text }) => {
  const path = posix.resolve(state.config.WorkingDir, expand(text, lookupIn(state)));
  mkdirSync(resolveIn(state.rootfs, path), { recursive: true });
  state.config = { ...state.config, WorkingDir: path };
};

function copySource(instruction: Instruction, inputs: StageInputs): CopySource {
  const from = instruction.flags.find(([name]) => name === "from")?.[1];
  if (from === undefined) return inputs.context;
  const root = inputs.stage(from);
  if (root === undefined)
    throw new SolveError(`${instruction.keyword} --from=${from} copies from an image, which ${NEEDS_ENGINE}`);
  return { root, ignore: { excludes: () => false, hasExceptions: false } };
}

function copyOf(state: StageState, instruction: Instruction): Copy {
  const { keyword, flags, heredocs } = instruction;
  const other = flags.find(([name]) => !COPY_FLAGS.includes(name));
  if (other !== undefined) throw new SolveError(`${keyword} --${other[0]} ${NEEDS_ENGINE}`);
  const words = expandedWords(state, instruction.text).filter(
    (word) => heredocs.length === 0 || !word.startsWith("<<"),
  );
  const chmod = flags.find(([name]) => name === "chmod")?.[1];
  if (chmod !== undefined && !/^[0-7]{1,4}$/.test(chmod))
    throw new SolveError(`${keyword} --chmod=${chmod} ${NEEDS_ENGINE}`);
  return {
    keyword,
    sources: words.slice(0, -1),
    destination: words.at(-1) ?? "",
    heredocs: heredocs.map((doc) =>
      doc.expands ? { ...doc, content: expand(doc.content, lookupIn(state), true) } : doc,
    ),
    mode: chmod === undefined ? undefined : Number.parseInt(chmod, 8),
  };
}

const copy: Carry = (state, instruction, inputs) => {
  const what = copyOf(state, instruction);
  const { scratch, host } = inputs;
  const bounds = { scratch, limitBytes: host.limits.diskBytes };
  copyInto(state.rootfs, state.config.WorkingDir, what, copySource(instruction, inputs), bounds);
};

const add: Carry = (state, instruction, inputs, vertex) => {
  const { sources } = copyOf(state, instruction);
  const special = sources.find((source) => /^(https?|git|ssh):|^git@/.test(source) || ARCHIVE.test(source));
  if (special !== undefined) throw new SolveError(`ADD ${special} downloads or unpacks, which ${NEEDS_ENGINE}`);
  return copy(state, instruction, inputs, vertex);
};

const run: Carry = async (state, instruction, inputs, vertex) => {
  const dir = resolveIn(state.rootfs, state.config.WorkingDir);
  if (!existsSync(dir)) mkdirSync(dir, { recursive: true });
  const source = (from: string | undefined) => (from === undefined ? inputs.context.root : inputs.stage(from));
  await runStep(state, instruction, source, inputs.host, inputs.scratch, vertex);
};

/** What each instruction does to the stage. */
export const INSTRUCTIONS: Readonly<Record<string, Carry>> = {
  ADD: add,
  ARG: declareArg,
  CMD: (state, { text }) => {
    state.config = { ...state.config, Cmd: commandForm(state, text) };
  },
  COPY: copy,
  ENTRYPOINT: (state, { text }) => {
    state.config = { ...state.config, Entrypoint: commandForm(state, text), Cmd: null };
  },
  ENV: setEnv,
  EXPOSE: expose,
  LABEL: setLabels,
  RUN: run,
  SHELL: (state, { text }) => {
    state.shell = jsonForm(text) ?? state.shell;
  },
  STOPSIGNAL: (state, { text }) => {
    state.config = { ...state.config, StopSignal: expand(text, lookupIn(state)) };
  },
  USER: (state, { text }) => {
    state.config = { ...state.config, User: expand(text, lookupIn(state)) };
  },
  WORKDIR: workdir,
};

/** The instructions that count as steps of a stage, and are shown. */
const STEPS = ["ADD", "COPY", "RUN", "WORKDIR"];

export const isStep = ({ keyword }: Instruction): boolean => STEPS.includes(keyword);

/** An instruction as docker shows it: with its flags, and for what it expands with the values. */
export function shownAs(state: StageState, { keyword, flags, text }: Instruction): string {
  const shownFlags = flags.map(([name, value]) => (value === "" ? `--${name}` : `--${name}=${value}`));
  const shownText = keyword === "RUN" || jsonForm(text) !== undefined ? text : expand(text, lookupIn(state), true);
  return [keyword, ...shownFlags, shownText].join(" ");
}
