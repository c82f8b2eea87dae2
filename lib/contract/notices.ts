import * as z from "zod";
import { noticedRunSchema } from "../core/notice/run.ts";
import { deploymentSchema } from "./answers/deployments.ts";
import type { Shown } from "./answers/shown.ts";

const deploymentFields = deploymentSchema.pick({
  id: true,
  app_id: true,
  stage: true,
  message: true,
  commit_hash: true,
  commit_message: true,
  branch: true,
  actor: true,
  trigger: true,
  reason: true,
  duration: true,
  error_message: true,
  error_code: true,
  exit_code: true,
  failed_stage: true,
  rolled_back: true,
  url: true,
  image_digest: true,
  rollback_of: true,
  created_at: true,
  started_at: true,
  finished_at: true,
});

/** The body of the POST that an endpoint of type `webhook` gets; docs/notifications.md has its headers. */
const deploymentNoticeSchema = z
  .object({
    type: z.enum(["deployment", "test"]).describe("`test`: a test notification; nothing was deployed."),
    event: deploymentFields.shape.stage.describe("The stage that the deployment entered."),
    delivery: z.string().describe("The same for every attempt. Ignore notifications that you have already received."),
    summary: z.string().describe("What happened, in one line."),
    link: z
      .string()
      .nullable()
      .describe("The deployment on the dashboard; `null`: the URL of the dashboard is not known."),
    data: z
      .object({ ...deploymentFields.shape, app_name: z.string(), repo_url: z.string() })
      .meta({ id: "NotifiedDeployment", description: "The deployment when it entered the stage." }),
  })
  .meta({ id: "Notification", description: "What a webhook endpoint receives." });

const runNoticeSchema = z
  .object({
    type: z.literal("run"),
    event: z.literal("run_failed").describe("A run of a cron failed or did not start."),
    delivery: deploymentNoticeSchema.shape.delivery,
    summary: deploymentNoticeSchema.shape.summary,
    link: z
      .string()
      .nullable()
      .describe("The runs of the app on the dashboard; `null`: the URL of the dashboard is not known."),
    data: noticedRunSchema.meta({ id: "NotifiedRun", description: "The run when it was over." }),
  })
  .meta({ id: "RunNotification", description: "What a webhook endpoint receives that asked for `run_failed`." });

export const noticeSchema = z.discriminatedUnion("type", [deploymentNoticeSchema, runNoticeSchema]);
export type ShownNotice = Shown<typeof noticeSchema>;
