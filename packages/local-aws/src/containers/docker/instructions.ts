import { existsSync, mkdirSync } from "node:fs";
import { posix } from "node:path";
import { resolveIn } from "../images/tree.ts";
import { type Copy, type CopySource, copyInto } from "./copy.ts";
import { type Instruction, jsonForm, parseDockerfile } from "./dockerfile.ts";
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

const MAX_PORT = 65_535;
const NANOSECONDS: Readonly<Record<string, number>> = {
  ...{ ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 },
};
/** The flags of `HEALTHCHECK`, and what images call them. */
const HEALTH_TIMES = {
  ...{ interval: "Interval", timeout: "Timeout", "start-period": "StartPeriod", "start-interval": "StartInterval" },
};

type Carry = (state: StageState, instruction: Instruction, inputs: StageInputs, vertex: Vertex) => Promise<void> | void;

/** The words of an instruction with variables replaced, JSON form or not. */
export function expandedWords(state: StageState, text: string): string[] {
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

/** `3000`, `53/udp` or `8000-8002` as an image lists them; what has no value lists none. */
function exposedPorts(word: string): string[] {
  const [range = "", protocol = "tcp"] = word.toLowerCase().split("/");
  const [first = "", last = first] = range.split("-");
  if (!/^\d{1,5}$/.test(first) || !/^\d{1,5}$/.test(last)) throw new SolveError(`invalid containerPort: ${word}`);
  const count = Number(last) - Number(first) + 1;
  if (count < 1 || Number(last) > MAX_PORT) throw new SolveError(`invalid range specified for port: ${word}`);
  return Array.from({ length: count }, (_, index) => `${Number(first) + index}/${protocol}`);
}

const expose: Carry = (state, { text }) => {
  // A variable may hold several, or none.
  const words = expandedWords(state, text).flatMap((word) => word.split(/\s+/).filter((one) => one !== ""));
  const ports = words.flatMap(exposedPorts).map((port) => [port, {}] as const);
  state.config = { ...state.config, ExposedPorts: { ...state.config.ExposedPorts, ...Object.fromEntries(ports) } };
};

const volume: Carry = (state, { text }) => {
  const paths = expandedWords(state, text).filter((path) => path !== "");
  const volumes = { ...state.config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}] as const)) };
  state.config = { ...state.config, Volumes: volumes };
};

/** In nanoseconds, as images keep times. `1m30s` as Go reads it. */
function nanoseconds(text: string): number {
  const parts = [...text.matchAll(/(\d{1,20}(?:\.\d{1,20})?)(ns|us|µs|ms|s|m|h)/g)];
  if (text !== "0" && parts.map(([part]) => part).join("") !== text)
    throw new SolveError(`time: invalid duration "${text}"`);
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (NANOSECONDS[unit] ?? 0), 0);
}

const healthcheck: Carry = (state, { text, flags }) => {
  const flag = (name: string): string | undefined => flags.find(([one]) => one === name)?.[1];
  const [, kind = "", rest = ""] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  const exec = jsonForm(rest);
  const test = exec === undefined ? ["CMD-SHELL", rest] : ["CMD", ...exec];
  const times = Object.entries(HEALTH_TIMES).flatMap(([name, key]) => {
    const value = flag(name);
    return value === undefined ? [] : [[key, nanoseconds(value)] as const];
  });
  const retries = flag("retries");
  const Healthcheck = {
    Test: kind.toUpperCase() === "NONE" ? ["NONE"] : test,
    ...Object.fromEntries(times),
    ...(retries === undefined ? {} : { Retries: Number(retries) }),
  };
  state.config = { ...state.config, Healthcheck };
};

const onBuild: Carry = (state, { text, line, heredocs }) => {
  const documents = heredocs.map(({ name, content }) => `${content}${name}\n`).join("");
  const [trigger] = parseDockerfile(`FROM scratch\n${text}\n${documents}`).stages[0]?.instructions ?? [];
  // It is named by where it stands, also where a later stage carries it out.
  if (trigger !== undefined) state.triggers = [...state.triggers, { ...trigger, line, heredocs }];
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
  if (root === undefined) throw new Error(`the stage ${from} was not built`);
  return { root, ignore: { excludes: () => false, hasExceptions: false } };
}

function copyOf(state: StageState, instruction: Instruction): Copy {
  const { keyword, flags, heredocs } = instruction;
  const words = expandedWords(state, instruction.text).filter(
    (word) => heredocs.length === 0 || !word.startsWith("<<"),
  );
  const chmod = flags.find(([name]) => name === "chmod")?.[1];
  return {
    keyword,
    sources: words.slice(0, -1),
    destination: words.at(-1) ?? "",
    heredocs: heredocs.map((doc) =>
      doc.expands ? { ...doc, content: expand(doc.content, lookupIn(state), true) } : doc,
    ),
    mode: chmod === undefined ? undefined : Number.parseInt(expand(chmod, lookupIn(state)), 8),
  };
}

const copy: Carry = (state, instruction, inputs) => {
  const what = copyOf(state, instruction);
  const { scratch, host } = inputs;
  const bounds = { scratch, limitBytes: host.limits.diskBytes };
  copyInto(state.rootfs, state.config.WorkingDir, what, copySource(instruction, inputs), bounds);
};

const run: Carry = async (state, instruction, inputs, vertex) => {
  const dir = resolveIn(state.rootfs, state.config.WorkingDir);
  if (!existsSync(dir)) mkdirSync(dir, { recursive: true });
  const source = (from: string | undefined) => (from === undefined ? inputs.context.root : inputs.stage(from));
  await runStep(state, instruction, source, inputs.host, inputs.scratch, vertex);
};

/** What each instruction does to the stage. */
export const INSTRUCTIONS: Readonly<Record<string, Carry>> = {
  // What is to be downloaded or unpacked is refused before.
  ADD: copy,
  ARG: declareArg,
  CMD: (state, { text }) => {
    state.config = { ...state.config, Cmd: commandForm(state, text) };
    state.setsCommand = true;
  },
  COPY: copy,
  ENTRYPOINT: (state, { text }) => {
    const Cmd = state.setsCommand ? state.config.Cmd : null;
    state.config = { ...state.config, Entrypoint: commandForm(state, text), Cmd };
  },
  ENV: setEnv,
  EXPOSE: expose,
  HEALTHCHECK: healthcheck,
  LABEL: setLabels,
  ONBUILD: onBuild,
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
  VOLUME: volume,
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
