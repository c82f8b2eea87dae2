import * as z from "zod";
import { numberedLineSchema } from "../core/log/log.ts";
import { stageSchema } from "../core/stage.ts";
import { id, timestamp } from "./answers/common.ts";
import { deploymentSchema } from "./answers/deployments.ts";
import type { Shown } from "./answers/shown.ts";

/** Messages on sockets, as the AsyncAPI document describes them. */

const statusSchema = z
  .object({
    deployment_id: id,
    status: stageSchema.describe("Equals `stage`."),
    stage: stageSchema,
    progress: z.number().int().min(0).max(100).describe("In percent."),
    message: z.string(),
    error_message: z.string().describe('`""` if there is none.'),
    version: z.number().int().positive().describe("Strictly increasing, with gaps."),
    failed_stage: stageSchema.nullable(),
    rolled_back: z.boolean(),
    log_complete: z.boolean().describe("Whether this is the last message about the deployment."),
  })
  .meta({ id: "Status", description: "The state of a deployment: `data` of a `status` event." });

const deploymentErrorSchema = z
  .object({
    message: z.string(),
    scope: z.literal("deployment").describe("The deployment failed; the connection still works."),
    deployment_id: id,
  })
  .meta({ id: "DeploymentError", description: "Why a deployment failed." });

export const statusFrameSchema = z.object({ type: z.literal("status"), timestamp, data: statusSchema });
export const logFrameSchema = z.object({ type: z.literal("log"), timestamp, data: numberedLineSchema });
export const logsFrameSchema = z.object({
  type: z.literal("logs"),
  timestamp,
  data: z.object({ lines: z.array(numberedLineSchema).min(1) }),
});
export const errorFrameSchema = z.object({ type: z.literal("error"), timestamp, data: deploymentErrorSchema });
export const deploymentFrameSchema = z.object({ type: z.literal("deployment"), timestamp, data: deploymentSchema });
export const refusedFrameSchema = z.object({
  type: z.literal("error"),
  timestamp,
  data: z.object({
    message: z.string(),
    scope: z.literal("connection").describe("The client's message was not understood."),
  }),
});
export const pongFrameSchema = z.object({ type: z.literal("pong"), timestamp, data: z.object({}) });

/** The only message that a client sends. */
export const pingFrameSchema = z.object({ type: z.literal("ping") });

/** What a viewer of one deployment is sent. */
export const viewerFrameSchema = z.union([statusFrameSchema, logFrameSchema, logsFrameSchema, errorFrameSchema]);
export type ViewerFrame = Shown<typeof viewerFrameSchema>;
/** What a reader of the feed is sent. */
export type FeedFrame = Shown<typeof deploymentFrameSchema>;
/** What a client is answered. */
export type ReplyFrame = Shown<typeof pongFrameSchema> | Shown<typeof refusedFrameSchema>;
