import * as z from "zod";
import { stageSchema } from "../deployment/stage.ts";

const id = z.number().int().positive();

/** The stages that take time. */
const workingStages = ["pending", "cloning", "building", "awaiting_approval", "deploying"] as const;
export const workingStageSchema = z.enum(workingStages);
export type WorkingStage = z.infer<typeof workingStageSchema>;

/** How a deployment ended: the few facts that metrics are made of. Cancelled and superseded ones have none. */
export const deploymentOutcomeSchema = z.object({
  deployment_id: id,
  app_id: id,
  stage: z.enum(["success", "failed"]),
  finished_at: z.string(),
  /** Whole seconds from start to finish; `null`: it never started. */
  duration: z.number().int().nullable(),
  /** Whole seconds spent in each stage that was entered. */
  seconds: z.partialRecord(workingStageSchema, z.number().int()),
  failed_stage: stageSchema.nullable(),
  /** An earlier release was put back when this one failed. */
  rolled_back: z.boolean(),
  /** The deployment whose release this one puts back. */
  rollback_of: id.nullable(),
});
export type DeploymentOutcome = z.infer<typeof deploymentOutcomeSchema>;

/** Seconds of cloning, building and deploying: without the waiting for a turn, a commit or an approval. */
export const workingTime = ({ seconds: { cloning = 0, building = 0, deploying = 0 } }: DeploymentOutcome): number =>
  cloning + building + deploying;

/** What the event bus delivers of a deployment that ended: its presentation on the wire, of which this much is read. */
const endedSchema = z
  .object({
    ...deploymentOutcomeSchema.omit({ deployment_id: true, seconds: true }).shape,
    id,
    timeline: z.array(z.object({ stage: stageSchema, seconds: z.number().int().nullable() })),
  })
  .transform(
    ({ id, timeline, ...facts }): DeploymentOutcome => ({ ...facts, deployment_id: id, seconds: secondsIn(timeline) }),
  );

function secondsIn(timeline: readonly { readonly stage: string; readonly seconds: number | null }[]) {
  const timed = timeline.filter(
    ({ stage, seconds }) => seconds !== null && workingStageSchema.safeParse(stage).success,
  );
  return Object.fromEntries(timed.map(({ stage, seconds }) => [stage, seconds])) as DeploymentOutcome["seconds"];
}

/** The outcome in an event `Deployment Stage Changed`. Throws a `ZodError` for one that is not of a success or failure. */
export const outcomeOf = (detail: unknown): DeploymentOutcome => endedSchema.parse(detail);
