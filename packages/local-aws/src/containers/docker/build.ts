import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ImageConfig } from "../images/images.ts";
import { copyTree } from "../images/tree.ts";
import { type CopySource, refuseLarge } from "./copy.ts";
import type { Dockerfile, Instruction, Stage } from "./dockerfile.ts";
import { SolveError } from "./failures.ts";
import { INSTRUCTIONS, isStep, type StageInputs, shownAs } from "./instructions.ts";
import type { Progress, Vertex } from "./progress.ts";
import type { HostSteps } from "./run.ts";
import { beginStage, configOf, type StageState } from "./stage.ts";
import { expand, nameValues, splitWords } from "./substitution.ts";

export interface Build {
  readonly dockerfile: Dockerfile;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** A stage's name or number; the last one without. */
  readonly target: string | undefined;
  /** `linux/amd64` */
  readonly platform: string;
  readonly context: CopySource;
  readonly host: HostSteps;
  /** An empty directory for trees. */
  readonly scratch: string;
  readonly progress: Progress;
}

function find(stages: readonly Stage[], name: string): Stage | undefined {
  return (
    stages.findLast((stage) => stage.name === name.toLowerCase()) ?? stages.find(({ index }) => String(index) === name)
  );
}

/** The `ARG`s before the first `FROM`, and those that docker defines by itself. */
function globalArgs({ dockerfile, buildArgs, platform }: Build): Map<string, string> {
  const [os = "", arch = "", variant = ""] = platform.split("/");
  const own = { PLATFORM: platform, OS: os, ARCH: arch, VARIANT: variant };
  const args = new Map<string, string>();
  for (const [key, value] of Object.entries(own)) args.set(`TARGET${key}`, value).set(`BUILD${key}`, value);
  for (const [name, fallback] of dockerfile.globals
    .flatMap(({ text }) => splitWords(text))
    .flatMap((word) => nameValues(word))) {
    const value = buildArgs[name] ?? (fallback === undefined ? undefined : expand(fallback, (key) => args.get(key)));
    if (value !== undefined) args.set(name, value);
  }
  return args;
}

/** The names of the stages or images that an instruction takes files from. */
function sourcesOf({ flags }: Instruction): string[] {
  return flags.flatMap(([name, value]) => {
    if (name === "from") return [value];
    const from = name === "mount" ? /(?:^|,)from=([^,]*)/.exec(value)?.[1] : undefined;
    return from === undefined ? [] : [from];
  });
}

/** A base image as docker shows it. */
function reference(image: string): string {
  const tagged = /[:@]/.test(image.slice(image.lastIndexOf("/") + 1)) ? image : `${image}:latest`;
  const [host = "", ...path] = tagged.split("/");
  if (path.length > 0 && (/[.:]/.test(host) || host === "localhost")) return tagged;
  return tagged.includes("/") ? `docker.io/${tagged}` : `docker.io/library/${tagged}`;
}

const notUsed = (image: string): string =>
  `No container engine: steps run on this machine in a sandbox; the base image ${image} is not used.\n`;

/** Carries out one stage, numbering its steps as docker does. */
async function runStage(
  build: Build,
  stage: Stage,
  base: string,
  inputs: StageInputs,
  from: StageState | undefined,
): Promise<StageState> {
  const state = beginStage(join(build.scratch, `stage-${stage.index}`), from);
  mkdirSync(state.rootfs);
  if (from !== undefined) {
    refuseLarge(from.rootfs, build.host.limits.diskBytes);
    copyTree(from.rootfs, state.rootfs);
  }
  const pulled = from === undefined && base !== "scratch";
  const total = stage.instructions.filter(isStep).length + (pulled ? 1 : 0);
  const name = stage.name ?? (build.dockerfile.stages.length > 1 ? `stage-${stage.index}` : "");
  let number = 0;
  const step = (shown: string, run: (vertex: Vertex) => Promise<void> | void): Promise<void> => {
    number += 1;
    const count = `${String(number).padStart(String(total).length)}/${total}`;
    return build.progress.step(`[${name === "" ? "" : `${name} `}${count}] ${shown}`, run);
  };
  if (pulled) await step(`FROM ${reference(base)}`, (vertex) => vertex.log("stderr", notUsed(base)));
  for (const instruction of stage.instructions) {
    const carry = INSTRUCTIONS[instruction.keyword] ?? (() => {});
    if (isStep(instruction)) {
      await step(shownAs(state, instruction), (vertex) => carry(state, instruction, inputs, vertex));
    } else if (instruction.keyword === "ONBUILD") {
      await build.progress.step("[internal] ONBUILD is ignored without a container engine", () => {});
    } else await carry(state, instruction, inputs, { log: () => {} });
  }
  return state;
}

/** Builds the wanted stage and what it needs, in that order, and answers its tree (in the scratch directory) and configuration. */
export async function runBuild(build: Build): Promise<{ tree: string; config: ImageConfig }> {
  const { stages } = build.dockerfile;
  const args = globalArgs(build);
  const done = new Map<number, Promise<StageState>>();
  const earlier = (stage: Stage): readonly Stage[] => stages.slice(0, stage.index);

  const need = (stage: Stage): Promise<StageState> => {
    const known = done.get(stage.index);
    if (known !== undefined) return known;
    const result = carryOut(stage);
    done.set(stage.index, result);
    return result;
  };

  const carryOut = async (stage: Stage): Promise<StageState> => {
    const base = expand(stage.base, (name) => args.get(name));
    if (base === "") throw new SolveError(`base name (${stage.base}) should not be blank`);
    const baseStage = find(earlier(stage), base);
    const from = baseStage === undefined ? undefined : await need(baseStage);
    const trees = new Map<string, string>();
    for (const name of new Set(stage.instructions.flatMap(sourcesOf))) {
      const source = find(earlier(stage), name);
      if (source !== undefined) trees.set(name, (await need(source)).rootfs);
    }
    const { buildArgs, context, host, scratch } = build;
    const inputs: StageInputs = {
      buildArgs,
      globalArgs: args,
      context,
      host,
      scratch,
      stage: (name) => trees.get(name),
    };
    return runStage(build, stage, base, inputs, from);
  };

  const wanted = build.target === undefined ? stages.at(-1) : find(stages, build.target);
  if (wanted === undefined) throw new SolveError(`target stage "${build.target}" could not be found`);
  const state = await need(wanted);
  // Each of its tasks gets a copy.
  refuseLarge(state.rootfs, build.host.limits.diskBytes);
  return { tree: state.rootfs, config: configOf(state) };
}
