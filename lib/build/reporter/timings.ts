import { type BuildStep, keptSteps, longestStepName } from "../../core/deployment/build-result.ts";

/** How long the steps of a build take. */
export interface StepTimings {
  /** `at`: milliseconds since the epoch; of a step that starts again the first start counts. */
  started(digest: string, name: string, at: number): void;
  completed(digest: string, at: number, cached: boolean): void;
  /** The steps that have ended, in the order in which they started; with `until`, also those that ran until then. */
  list(until?: number): readonly BuildStep[];
}

/** Timings without a step. */
export function stepTimings(): StepTimings {
  const steps = new Map<string, { name: string; from: number; to: number | undefined; cached: boolean }>();
  return {
    started: (digest, name, at) => {
      if (!steps.has(digest)) steps.set(digest, { name: shortened(name), from: at, to: undefined, cached: false });
    },
    completed: (digest, at, cached) => {
      const step = steps.get(digest);
      if (step !== undefined) Object.assign(step, { to: at, cached });
    },
    list: (until) =>
      keptSteps(
        [...steps.values()].flatMap(({ name, from, to = until, cached }) =>
          to === undefined ? [] : [{ name, seconds: Math.round(Math.max(0, to - from) / 100) / 10, cached }],
        ),
      ),
  };
}

function shortened(name: string): string {
  const characters = [...name];
  return characters.length <= longestStepName ? name : `${characters.slice(0, longestStepName - 1).join("")}…`;
}
