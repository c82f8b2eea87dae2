import { DockerfileParser, type Flag, From, type Instruction, type ModifiableInstruction } from "dockerfile-ast";
import type { Claim } from "../../contract/build.ts";
import { BuildFailure } from "./failure.ts";

type Order = Pick<Claim["build"], "args" | "secrets" | "lost_secrets" | "target">;

/** Docker takes these whether a Dockerfile declares them or not. */
const PREDEFINED = /^(?:(?:https?|ftp|no|all)_proxy|SOURCE_DATE_EPOCH|BUILDKIT_\w+)$/i;

interface Stage {
  /** Lower-case; empty: it has none. */
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/**
 * Holds what the app's settings say of a build against its Dockerfile, before the first step. Throws a {@link BuildFailure} for an
 * argument that no `ARG` declares, a stage that is not there, and a secret that a step requires and the app does not have. Returns
 * sentences for the log about secrets that steps can do without. A Dockerfile in a syntax of its own is not judged.
 */
export function judgeDemands(dockerfile: string, order: Order): readonly string[] {
  if (hasOwnSyntax(dockerfile)) return [];
  requireSecretValues(order);
  const instructions = DockerfileParser.parse(dockerfile).getInstructions();
  const stages = stagesOf(instructions);
  // What is wrong with one that has no stage, BuildKit says better.
  if (stages.length === 0) return [];
  requireArgs(instructions, order);
  return judgeSecrets(builtStages(stages, targetOf(stages, order)), order);
}

/** `# syntax=` names another frontend than docker's own. */
function hasOwnSyntax(dockerfile: string): boolean {
  const syntax = /^#\s*syntax\s*=\s*(\S+)/im.exec(dockerfile.slice(0, 1000))?.[1];
  return syntax !== undefined && !/^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?::|@|$)/.test(syntax);
}

function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    if (instruction instanceof From) {
      const name = (instruction.getBuildStage() ?? "").toLowerCase();
      stages.push({ name, base: (instruction.getImage() ?? "").toLowerCase(), instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

function requireSecretValues({ lost_secrets }: Order): void {
  const [lost] = lost_secrets;
  if (lost === undefined) return;
  throw new BuildFailure(
    "building",
    "build_secret_missing",
    `The build secret "${lost}" has no value any more. Set it again in the app's settings, then deploy again.`,
  );
}

function requireArgs(instructions: readonly Instruction[], { args }: Order): void {
  const declared = new Set(
    instructions
      .filter((instruction) => instruction.getKeyword() === "ARG")
      .flatMap((instruction) => instruction.getArguments().map((argument) => argument.getValue().split("=", 1)[0])),
  );
  const unknown = Object.keys(args).filter((name) => !declared.has(name) && !PREDEFINED.test(name));
  if (unknown.length === 0) return;
  const [first] = unknown;
  throw new BuildFailure(
    "building",
    "build_arg_unknown",
    `The Dockerfile declares no build argument ${listed(unknown)}. Add the line "ARG ${first}" to the stage that uses it, or correct the app's setting "buildArgs".`,
  );
}

/** The image that the stage to build is made on, through the stages between; `""`: it is not known. */
export function baseOf(dockerfile: string, order: Pick<Order, "target">): string {
  if (hasOwnSyntax(dockerfile)) return "";
  const stages = stagesOf(DockerfileParser.parse(dockerfile).getInstructions());
  const follow = (stage: Stage | undefined): string => {
    if (stage === undefined) return "";
    const earlier = stageNamed(stages.slice(0, stages.indexOf(stage)), stage.base);
    return earlier === undefined ? stage.base : follow(earlier);
  };
  return follow(order.target === null ? stages.at(-1) : stageNamed(stages, order.target));
}

/** The stage to build. */
function targetOf(stages: readonly Stage[], { target }: Order): Stage | undefined {
  if (target === null) return stages.at(-1);
  const found = stageNamed(stages, target);
  if (found !== undefined) return found;
  const names = stages.map(({ name }) => name).filter(Boolean);
  const known = names.length === 0 ? "None of its stages has a name." : `Its stages are ${listed(names)}.`;
  throw new BuildFailure(
    "building",
    "build_target_unknown",
    `The Dockerfile has no stage "${target}". ${known} Correct the app's setting "buildTarget".`,
  );
}

const stageNamed = (stages: readonly Stage[], name: string): Stage | undefined =>
  stages.findLast((stage) => stage.name !== "" && stage.name === name.toLowerCase()) ??
  (/^\d+$/.test(name) ? stages[Number(name)] : undefined);

/** The wanted stage and those that it is made of: BuildKit builds no others. */
function builtStages(stages: readonly Stage[], wanted: Stage | undefined): readonly Stage[] {
  const needed = new Set<Stage>();
  const need = (stage: Stage | undefined): void => {
    if (stage === undefined || needed.has(stage)) return;
    needed.add(stage);
    const earlier = stages.slice(0, stages.indexOf(stage));
    for (const name of [stage.base, ...stage.instructions.flatMap(sourcesOf)]) need(stageNamed(earlier, name));
  };
  need(wanted);
  return [...needed];
}

const flagsOf = (instruction: Instruction): readonly Flag[] =>
  "getFlags" in instruction ? (instruction as ModifiableInstruction).getFlags() : [];

/** The stages or images that an instruction takes files from. */
function sourcesOf(instruction: Instruction): string[] {
  return flagsOf(instruction).flatMap((flag) => {
    if (flag.getName() === "from") return [flag.getValue() ?? ""];
    const from = flag.getName() === "mount" ? mountOf(flag).from : undefined;
    return from === undefined ? [] : [from];
  });
}

/** `type=secret,id=npm,required` as a record; a word without `=` is `"true"`. */
function mountOf(flag: Flag): Readonly<Record<string, string>> {
  const words = (flag.getValue() ?? "").split(",");
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf("=");
      return at < 0 ? [word, "true"] : [word.slice(0, at), word.slice(at + 1).replace(/^"|"$/g, "")];
    }),
  );
}

function judgeSecrets(stages: readonly Stage[], { secrets }: Order): readonly string[] {
  const mounts = stages
    .flatMap((stage) => stage.instructions)
    .flatMap((instruction) => flagsOf(instruction).filter((flag) => flag.getName() === "mount"))
    .map(mountOf)
    .filter(({ type }) => type === "secret")
    .map((mount) => ({ id: idOf(mount), isRequired: mount.required === "true" }))
    // One that a variable names is known to BuildKit alone.
    .filter(({ id }) => id !== "" && !id.includes("$") && !Object.hasOwn(secrets, id));
  const required = mounts.find(({ isRequired }) => isRequired);
  if (required !== undefined) throw secretMissing(required.id);
  return [...new Set(mounts.map(({ id }) => id))].map(
    (id) =>
      `The Dockerfile mounts the secret "${id}", which is not among the app's build secrets. Building without it.`,
  );
}

/** As BuildKit has it: without an id the name of the file it is mounted as. */
function idOf({ id, target, dst, destination, env }: Readonly<Record<string, string>>): string {
  return id ?? (target ?? dst ?? destination ?? env ?? "").split("/").at(-1) ?? "";
}

/** A step requires a secret that the app does not have. */
export const secretMissing = (id: string, exitCode: number | null = null): BuildFailure =>
  new BuildFailure(
    "building",
    "build_secret_missing",
    `The Dockerfile requires the secret "${id}", which is not set. Add it to the app's build secrets (slipway apps set <app> --build-secret ${id}), then deploy again.`,
    exitCode,
  );

const listed = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");
