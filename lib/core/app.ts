import * as z from "zod";
import { endpointsSchema } from "./notices/endpoint.ts";

const smokeCheck = z.object({ path: z.string(), expect_status: z.number().int() });
const minutes = z.number().int().min(0);

/** How a release replaces the one before. Whole minutes, as ECS wants them. */
export const strategySchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("rolling"), smoke_check: smokeCheck.optional() }),
  z.object({ type: z.literal("blue_green"), bake_minutes: minutes, smoke_check: smokeCheck.optional() }),
  z.object({
    type: z.literal("linear"),
    step_percent: z.number().int().min(3).max(100),
    step_bake_minutes: minutes,
    bake_minutes: minutes,
    smoke_check: smokeCheck.optional(),
  }),
  z.object({
    type: z.literal("canary"),
    percent: z.number().int().min(1).max(99),
    canary_bake_minutes: minutes,
    bake_minutes: minutes,
    smoke_check: smokeCheck.optional(),
  }),
]);
export type Strategy = z.infer<typeof strategySchema>;

/** What an app's owner decides. A deployment keeps the settings it was requested with. */
export const settingsSchema = z.object({
  name: z.string(),
  repo_url: z.string(),
  branch: z.string(),
  root_dir: z.string(),
  dockerfile: z.string(),
  port: z.number().int(),
  health_check_path: z.string(),
  cpu: z.number().int(),
  memory: z.number().int(),
  instances: z.number().int(),
  env: z.record(z.string(), z.string()),
  /** Names only; the values are SSM SecureStrings. */
  secrets: z.array(z.string()),
  /** Whether the app has a Git token of its own; the token is an SSM SecureString. */
  git_token: z.boolean().default(false),
  strategy: strategySchema,
  approval: z.enum(["none", "required"]),
  approvers: z.array(z.string()),
  approval_expiry_minutes: z.number().int().positive(),
  allow_self_approval: z.boolean(),
  on_new_push: z.enum(["queue_latest", "cancel_running"]),
  after_rollback: z.enum(["hold", "resume"]),
  keep_releases: z.number().int().positive(),
  auto_rollback: z.boolean(),
  watch_paths: z.array(z.string()),
  notifications: endpointsSchema,
});
export type Settings = z.infer<typeof settingsSchema>;

/** The row of an app. */
export const appSchema = z.object({
  id: z.number().int().positive(),
  settings: settingsSchema,
  live_deployment_id: z.number().int().positive().nullable(),
  pinned: z.boolean(),
  created_at: z.string(),
  /** Set when somebody deleted it; its row goes when nothing of it runs any more. */
  deleted_at: z.string().nullable(),
  /** Grows with each change of the settings; a lost race is told, not overwritten. */
  version: z.number().int(),
  /** Where the last release answers: the load balancer's address with the app's own port. */
  load_balancer_url: z.string().nullable().default(null),
});
export type App = z.infer<typeof appSchema>;

/** Seconds that a strategy may bake and wait in all, beyond starting the tasks. */
export function bakeSeconds(strategy: Strategy): number {
  switch (strategy.type) {
    case "rolling":
      return 0;
    case "blue_green":
      return strategy.bake_minutes * 60;
    case "linear":
      return (Math.ceil(100 / strategy.step_percent) * strategy.step_bake_minutes + strategy.bake_minutes) * 60;
    case "canary":
      return (strategy.canary_bake_minutes + strategy.bake_minutes) * 60;
  }
}
