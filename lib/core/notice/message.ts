import * as z from "zod";
import { noticedDeploymentSchema } from "./notice.ts";
import { noticedRunSchema } from "./run.ts";

/** What travels on the queue of notices. */
export const noticeMessageSchema = z.discriminatedUnion("type", [
  /** A deployment entered a stage; the rule of the bus makes these. */
  z.object({ type: z.literal("stage_changed"), deployment: noticedDeploymentSchema }),
  /** One endpoint, or GitHub as the endpoint `github`, is to be notified. Each has a message of its own, so that none waits for another. */
  z.object({
    type: z.literal("notice"),
    endpoint_id: z.string(),
    /** From 1. */
    attempt: z.number().int().positive(),
    deployment: noticedDeploymentSchema,
  }),
  /** A run failed; a rule of the bus makes these, too. */
  z.object({ type: z.literal("run_failed"), run: noticedRunSchema }),
  /** One endpoint is to be notified of that. */
  z.object({
    type: z.literal("run_notice"),
    endpoint_id: z.string(),
    attempt: z.number().int().positive(),
    run: noticedRunSchema,
  }),
]);
export type NoticeMessage = z.infer<typeof noticeMessageSchema>;
export type OneNotice = Extract<NoticeMessage, { type: "notice" }>;
export type OneRunNotice = Extract<NoticeMessage, { type: "run_notice" }>;
