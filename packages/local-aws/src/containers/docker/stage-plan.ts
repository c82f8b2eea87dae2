import type { Dockerfile, Instruction, Stage } from "./dockerfile.ts";
import { SolveError } from "./failures.ts";
import { expand } from "./substitution.ts";

/** A stage that is needed, and what it needs. */
export interface PlannedStage {
  readonly stage: Stage;
  /** What stands after `FROM`, variables replaced. */
  readonly base: string;
  /** The stage that it begins with; `undefined`: with an image, or with nothing. */
  readonly from: PlannedStage | undefined;
  /** The image that it begins with in the end; `scratch`: none. */
  readonly image: string;
  /** The stages that it takes files from, by what it calls them. */
  readonly sources: ReadonlyMap<string, PlannedStage>;
}

function find(stages: readonly Stage[], name: string): Stage | undefined {
  return (
    stages.findLast((stage) => stage.name === name.toLowerCase()) ?? stages.find(({ index }) => String(index) === name)
  );
}

/** The names of the stages or images that an instruction takes files from, or has later stages take them from. */
function sourcesOf({ keyword, flags, text }: Instruction): string[] {
  if (keyword === "ONBUILD") return [...text.matchAll(/(?:--|,)from=([^\s,]+)/g)].map(([, name = ""]) => name);
  return flags.flatMap(([name, value]) => {
    if (name === "from") return [value];
    const from = name === "mount" ? /(?:^|,)from=([^,]*)/.exec(value)?.[1] : undefined;
    return from === undefined ? [] : [from];
  });
}

/**
 * The wanted stage (the last one without `target`) and those that it needs, each after what it needs itself. `args`: what was
 * declared before the first `FROM`. Throws {@link SolveError} in docker's words.
 */
export function planStages(
  { stages }: Dockerfile,
  args: ReadonlyMap<string, string>,
  target: string | undefined,
): readonly PlannedStage[] {
  const planned = new Map<number, PlannedStage>();
  const need = (stage: Stage): PlannedStage => {
    const known = planned.get(stage.index);
    if (known !== undefined) return known;
    const earlier = stages.slice(0, stage.index);
    const base = expand(stage.base, (name) => args.get(name));
    if (base === "") throw new SolveError(`base name (${stage.base}) should not be blank`);
    const baseStage = find(earlier, base);
    const from = baseStage === undefined ? undefined : need(baseStage);
    const names = new Set([...(baseStage?.instructions ?? []), ...stage.instructions].flatMap(sourcesOf));
    const sources = new Map<string, PlannedStage>();
    for (const name of names) {
      const source = find(earlier, name);
      if (source !== undefined) sources.set(name, need(source));
    }
    const one: PlannedStage = { stage, base, from, image: from?.image ?? base, sources };
    planned.set(stage.index, one);
    return one;
  };
  const wanted = target === undefined ? stages.at(-1) : find(stages, target);
  if (wanted === undefined) throw new SolveError(`target stage "${target}" could not be found`);
  need(wanted);
  return [...planned.values()];
}
