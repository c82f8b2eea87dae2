import * as z from "zod";
import { auditEntrySchema } from "../access/audit.ts";
import { eventSchema, reachedStepSchema } from "../deployment/event.ts";

const id = z.number().int().positive();

const socket = z.object({ deployment_id: id.nullable(), connection_id: z.string() });

/** What travels on the work queue. */
export const messageSchema = z.discriminatedUnion("type", [
  /** Something happened to a deployment. */
  z.object({ type: z.literal("deployment"), deployment_id: id, event: eventSchema }),
  /** A build reported something new, which is stored. `step`: all that is new is how far it is, which is stored nowhere else. */
  z.object({
    type: z.literal("build_reported"),
    deployment_id: id,
    attempt: z.number().int(),
    step: reachedStepSchema.optional(),
  }),
  /** The delayed poll that each unfinished deployment owns. */
  z.object({ type: z.literal("poll"), deployment_id: id, due: z.string() }),
  /** An event notification from CodeBuild. */
  z.object({ type: z.literal("build_changed"), build_id: z.string() }),
  /** An event notification from ECS. */
  z.object({ type: z.literal("service_changed"), service_arn: z.string() }),
  /** An event notification from ECS: a task of a service stopped, which may have been to. */
  z.object({ type: z.literal("task_stopped"), task_arn: z.string() }),
  /** The release command of a deployment is over. */
  z.object({ type: z.literal("run_ended"), deployment_id: id }),
  /** Something happened to a run, or it was asked for. */
  z.object({ type: z.literal("run"), run_id: id }),
  /** The delayed poll that each unfinished run owns. */
  z.object({ type: z.literal("run_poll"), run_id: id, due: z.string() }),
  /** The time of a cron has come, as its schedule says. */
  z.object({ type: z.literal("cron"), app_id: id, cron: z.string(), scheduled_at: z.string() }),
  /** The release that is live has other crons, or may have. */
  z.object({ type: z.literal("crons"), app_id: id }),
  /** How long an app's lines are kept was changed. */
  z.object({ type: z.literal("log_retention"), app_id: id }),
  /** The delayed poll of an app's own domains; `null`: they changed, or there is something to serve them now. */
  z.object({ type: z.literal("domains"), app_id: id, due: z.string().nullable() }),
  z.object({ type: z.literal("app_deleted"), app_id: id }),
  /** Secrets of an app were written a while ago, or were to be: what nobody names is given up. */
  z.object({ type: z.literal("secrets_written"), app_id: id }),
  /**
   * Somebody was about to connect the GitHub App that was connected at this time, or to forget it (`is_gone`): if that took
   * effect, the entry is recorded.
   */
  z.object({
    type: z.literal("github_changed"),
    entry: auditEntrySchema,
    connected_at: z.string(),
    is_gone: z.boolean(),
  }),
  /** The pump wanted to try a socket again at this time. `null`: one of the feed. */
  z.object({ type: z.literal("socket_due"), socket, due: z.string() }),
  /** What a socket is held by ends at this time, and so does the socket. */
  z.object({ type: z.literal("socket_expires"), socket, due: z.string() }),
  z.object({ type: z.literal("sweep") }),
  /** Look for what belongs to no app. */
  z.object({ type: z.literal("find_orphans") }),
  /** Poll branches for pushes that no webhook reported. */
  z.object({ type: z.literal("heads") }),
  /** The same for one app. `suspect`: the commit that was met a moment ago, and may have been a webhook's that was on its way. */
  z.object({ type: z.literal("head"), app_id: id, suspect: z.string().nullable().default(null) }),
]);
export type Message = z.infer<typeof messageSchema>;
