import { openStages, stageFacts, type TerminalStage, terminalStages } from "@slipway/monitor/stages";
import * as z from "zod";
import { stageSchema } from "../stage.ts";

const id = z.number().int().positive();

/** The stages that take time. */
export const openStageSchema = z.enum(openStages);

/** Whether metrics count a deployment that ended so. What was called off says nothing about delivery. */
const isMeasured = { success: true, failed: true, cancelled: false, superseded: false } as const satisfies Record<
  TerminalStage,
  boolean
>;
type MeasuredStage = {
  [Each in TerminalStage]: (typeof isMeasured)[Each] extends true ? Each : never;
}[TerminalStage];
export const measuredStages = terminalStages.filter((stage): stage is MeasuredStage => isMeasured[stage]);

/** How a deployment ended: the few facts that metrics are made of. Cancelled and superseded ones have none. */
export const deploymentOutcomeSchema = z.object({
  deployment_id: id,
  app_id: id,
  stage: z.enum(measuredStages),
  finished_at: z.string(),
  /** Whole seconds from start to finish; `null`: it never started. */
  duration: z.number().int().nullable(),
  /** Whole seconds spent in each stage that was entered. */
  seconds: z.partialRecord(openStageSchema, z.number().int()),
  failed_stage: stageSchema.nullable(),
  /** An earlier release was put back when this one failed. */
  rolled_back: z.boolean(),
  /** The deployment whose release this one puts back. */
  rollback_of: id.nullable(),
});
export type DeploymentOutcome = z.infer<typeof deploymentOutcomeSchema>;

/** Seconds of cloning, building and deploying: without the waiting for a turn, a commit or an approval. */
export const workingTime = ({ seconds }: DeploymentOutcome): number =>
  openStages
    .filter((stage) => stageFacts[stage].kind === "working")
    .reduce((sum, stage) => sum + (seconds[stage] ?? 0), 0);

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
  const timed = timeline.filter(({ stage, seconds }) => seconds !== null && openStageSchema.safeParse(stage).success);
  return Object.fromEntries(timed.map(({ stage, seconds }) => [stage, seconds])) as DeploymentOutcome["seconds"];
}

/** The outcome in an event `Deployment Stage Changed`. Throws a `ZodError` for one that is not of a success or failure. */
export const outcomeOf = (detail: unknown): DeploymentOutcome => endedSchema.parse(detail);
