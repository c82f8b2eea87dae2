import * as z from "zod";
import { stageSchema } from "../deployment/stage.ts";
import { numberedLineSchema } from "../log/log.ts";

/** What a socket is sent, as a client reads it. */
const timestamp = z.string().meta({ format: "date-time" });
const deploymentId = z.number().int().positive();

const statusSchema = z
  .object({
    deployment_id: deploymentId,
    status: stageSchema.describe("Equals `stage`."),
    stage: stageSchema,
    progress: z.number().int().min(0).max(100).describe("In percent."),
    message: z.string(),
    error_message: z.string().describe('`""`: none.'),
    version: z.number().int().positive().describe("Strictly increasing, with gaps."),
    failed_stage: stageSchema.nullable(),
    rolled_back: z.boolean(),
    log_complete: z.boolean().describe("Nothing follows."),
  })
  .meta({ id: "Status", description: "How a deployment stands: `data` of a `status` event." });

const errorSchema = z
  .object({
    message: z.string(),
    scope: z.literal("deployment").describe("The deployment failed; the connection is well."),
    deployment_id: deploymentId,
  })
  .meta({ id: "DeploymentError", description: "Why a deployment failed." });

export const statusFrameSchema = z.object({ type: z.literal("status"), timestamp, data: statusSchema });
export const logFrameSchema = z.object({ type: z.literal("log"), timestamp, data: numberedLineSchema });
export const logsFrameSchema = z.object({
  type: z.literal("logs"),
  timestamp,
  data: z.object({ lines: z.array(numberedLineSchema).min(1) }),
});
export const errorFrameSchema = z.object({ type: z.literal("error"), timestamp, data: errorSchema });

export type Frame =
  | z.infer<typeof statusFrameSchema>
  | z.infer<typeof logFrameSchema>
  | z.infer<typeof logsFrameSchema>
  | z.infer<typeof errorFrameSchema>;
