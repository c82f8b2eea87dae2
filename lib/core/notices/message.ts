import * as z from "zod";
import { noticedDeploymentSchema } from "./notice.ts";

/** What travels on the queue of notices. */
export const noticeMessageSchema = z.discriminatedUnion("type", [
  /** A deployment entered a stage; the rule of the bus makes these. */
  z.object({ type: z.literal("stage_changed"), deployment: noticedDeploymentSchema }),
  /** One endpoint is to be notified. Each has a message of its own, so that none waits for another. */
  z.object({
    type: z.literal("notice"),
    endpoint_id: z.string(),
    /** From 1. */
    attempt: z.number().int().positive(),
    deployment: noticedDeploymentSchema,
  }),
  /** GitHub is to be sent the status of a deployment of one of its commits. */
  z.object({
    type: z.literal("github"),
    /** From 1. */
    attempt: z.number().int().positive(),
    deployment: noticedDeploymentSchema,
  }),
]);
export type NoticeMessage = z.infer<typeof noticeMessageSchema>;
export type GitHubMessage = Extract<NoticeMessage, { type: "github" }>;
export type OneNotice = Extract<NoticeMessage, { type: "notice" }>;
