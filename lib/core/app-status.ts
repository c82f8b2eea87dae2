import * as z from "zod";
import type { App } from "./app.ts";
import { secondsBetween } from "./time.ts";

/** How an app is, by its tasks. */
export const appHealthSchema = z.enum(["live", "degraded", "down", "none"]).meta({
  id: "AppHealth",
  description:
    "How the app is, by its tasks of all processes: `live` (as many are healthy as it is to have), `degraded` (fewer), `down` (none of `web`), or `none` (nothing was released yet).",
});
export type AppHealth = z.infer<typeof appHealthSchema>;

/** A task of a process without a port is healthy once it has run for so long: nobody can ask it how it is. */
export const steadySeconds = 60;

/** Whether a task without a port that runs since then is healthy. */
export const isSteady = (since: string, now: string): boolean => secondsBetween(since, now) >= steadySeconds;

/** How many tasks an app is to have, and how many of them are healthy, of all processes. */
export interface TaskCounts {
  readonly desired: number;
  readonly healthy: number;
  /** The healthy ones of `web`. */
  readonly serving: number;
}

/** The health of an app with these tasks; `null`: nothing runs them. */
export function appHealth(app: Pick<App, "live_deployment_id">, counts: TaskCounts | null): AppHealth {
  if (app.live_deployment_id === null) return "none";
  if (counts === null || counts.serving === 0) return "down";
  return counts.healthy < counts.desired ? "degraded" : "live";
}

/** A task of an app, or one that stopped and was not to. */
export const seenTaskSchema = z
  .object({
    task: z.string().describe("Its id in ECS."),
    process: z.string().describe("`web`, which answers requests, or a process beside it."),
    deployment_id: z.number().int().positive().nullable().describe("Of which release it is; `null`: not known."),
    state: z.enum(["starting", "running", "stopping", "stopped"]),
    health: z
      .enum(["healthy", "unhealthy", "starting"])
      .nullable()
      .describe(
        "What the load balancer's health check says of a running task of `web`; `null`: it is not checked. A task of another process is healthy when it has run for 60 seconds.",
      ),
    since: z.string().meta({ format: "date-time" }).describe("Since when it is in this state."),
    exit_code: z.number().int().nullable().describe("Of a task that stopped."),
    reason: z.string().nullable().describe("Why it stopped or is unhealthy, as a sentence."),
  })
  .meta({
    id: "Task",
    description: "A task of an app. Of those that stopped only those that were not to, for about an hour.",
  });
export type SeenTask = z.infer<typeof seenTaskSchema>;
