import * as z from "zod";

/** One step of a Dockerfile, as it went. */
export const buildStepSchema = z.object({
  /** `RUN npm ci` */
  name: z.string(),
  /** To a tenth. */
  seconds: z.number().min(0),
  /** Whether it was not carried out, since an earlier build did the same. */
  cached: z.boolean(),
});
export type BuildStep = z.infer<typeof buildStepSchema>;

/** How an image came about, or what was done for one. */
export const buildResultSchema = z.object({
  /** `built`: some step was carried out; `cached`: none was; `reused`: there was no build, since the same was built before; `failed`: there is no image. */
  outcome: z.enum(["built", "cached", "reused", "failed"]),
  /** In the order in which they began. */
  steps: z.array(buildStepSchema),
  /** As it lies in the registry, compressed; `null`: not known. */
  image_bytes: z.number().int().min(0).nullable(),
});
export type BuildResult = z.infer<typeof buildResultSchema>;

/** More are not kept: every version of a deployment's row has them. */
export const mostBuildSteps = 100;
/** Of a step's name, in characters. */
export const longestStepName = 160;

/** What came of a build, by what its reporter and the registry say. */
export function buildResult(steps: readonly BuildStep[], image_bytes: number | null): BuildResult {
  const isCached = steps.length > 0 && steps.every(({ cached }) => cached);
  return { outcome: isCached ? "cached" : "built", steps: [...steps], image_bytes };
}

/** What a build came to that yielded no image; `null`: not even a step was begun. */
export const failedBuild = (steps: readonly BuildStep[]): BuildResult | null =>
  steps.length === 0 ? null : { outcome: "failed", steps: [...steps], image_bytes: null };

/** The slowest of many steps, in their order. */
export function keptSteps(steps: readonly BuildStep[]): readonly BuildStep[] {
  if (steps.length <= mostBuildSteps) return steps;
  const slowest = new Set(steps.toSorted((one, other) => other.seconds - one.seconds).slice(0, mostBuildSteps));
  return steps.filter((step) => slowest.has(step));
}
