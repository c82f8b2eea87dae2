import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ImageConfig } from "../images/images.ts";
import { copyTree } from "../images/tree.ts";
import { type CopySource, refuseLarge } from "./copy.ts";
import type { Dockerfile, Stage } from "./dockerfile.ts";
import { SolveError } from "./failures.ts";
import { isHere } from "./host-tools.ts";
import { INSTRUCTIONS, isStep, type StageInputs, shownAs } from "./instructions.ts";
import { type Surveyed, survey, surveyCommand } from "./preflight.ts";
import type { Progress, Vertex } from "./progress.ts";
import type { HostSteps } from "./run.ts";
import { beginStage, configOf, type StageState } from "./stage.ts";
import { type PlannedStage, planStages } from "./stage-plan.ts";
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
  /** Whether steps can run a program of that name; without, this machine is searched. */
  readonly hasProgram?: (name: string) => boolean;
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
  const instructions = [...(from?.triggers ?? []), ...stage.instructions];
  const total = instructions.filter(isStep).length + (pulled ? 1 : 0);
  const name = stage.name ?? (build.dockerfile.stages.length > 1 ? `stage-${stage.index}` : "");
  let number = 0;
  const step = (shown: string, run: (vertex: Vertex) => Promise<void> | void): Promise<void> => {
    number += 1;
    const count = `${String(number).padStart(String(total).length)}/${total}`;
    return build.progress.step(`[${name === "" ? "" : `${name} `}${count}] ${shown}`, run);
  };
  if (pulled) await step(`FROM ${reference(base)}`, (vertex) => vertex.log("stderr", notUsed(base)));
  for (const instruction of instructions) {
    const carry = INSTRUCTIONS[instruction.keyword] ?? (() => {});
    if (isStep(instruction)) {
      await step(shownAs(state, instruction), (vertex) => carry(state, instruction, inputs, vertex));
    } else await carry(state, instruction, inputs, { log: () => {} });
  }
  return state;
}

/** Throws where this machine cannot build it, before anything runs. */
function refuseUnmet(build: Build, args: ReadonlyMap<string, string>, planned: readonly PlannedStage[]): void {
  const { buildArgs, context, host, scratch, hasProgram = isHere } = build;
  const seen = new Map<PlannedStage, Surveyed>();
  for (const one of planned) {
    const { stage, image, sources } = one;
    const from = one.from && seen.get(one.from);
    const inputs: StageInputs = {
      ...{ buildArgs, globalArgs: args, context, host, scratch },
      stage: (name) => (sources.has(name) ? "" : undefined),
    };
    const state = beginStage("", from?.state);
    const inherited = { before: from?.before ?? "", command: from?.command };
    const surveyed = { stage, image, state, inputs, hasProgram, ...inherited };
    survey(surveyed, [...(from?.state.triggers ?? []), ...stage.instructions]);
    seen.set(one, surveyed);
  }
  const wanted = planned.at(-1);
  const last = wanted && seen.get(wanted);
  if (last !== undefined) surveyCommand(last);
}

/** Builds the wanted stage and what it needs, in that order, and answers its tree (in the scratch directory) and configuration. */
export async function runBuild(build: Build): Promise<{ tree: string; config: ImageConfig }> {
  const { buildArgs, context, host, scratch } = build;
  const args = globalArgs(build);
  const planned = planStages(build.dockerfile, args, build.target);
  refuseUnmet(build, args, planned);
  const done = new Map<PlannedStage, StageState>();
  const wanted = planned.at(-1);
  for (const one of planned) {
    const tree = (source: PlannedStage | undefined) => source && done.get(source);
    const inputs: StageInputs = {
      ...{ buildArgs, globalArgs: args, context, host, scratch },
      stage: (name) => tree(one.sources.get(name))?.rootfs,
    };
    done.set(one, await runStage(build, one.stage, one.base, inputs, tree(one.from)));
  }
  const state = wanted && done.get(wanted);
  if (state === undefined) throw new SolveError("dockerfile contains no stages to build");
  // Each of its tasks gets a copy.
  refuseLarge(state.rootfs, build.host.limits.diskBytes);
  return { tree: state.rootfs, config: configOf(state) };
}
