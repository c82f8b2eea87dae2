import * as z from "zod";
import { type Run, runSchema } from "../run/run.ts";
import { secondsBetween } from "../time.ts";
import { type Fact, inWords } from "./fact.ts";

/** A run that failed, as the event bus announced it. */
export const noticedRunSchema = runSchema
  .pick({
    id: true,
    app_id: true,
    deployment_id: true,
    process: true,
    command: true,
    trigger: true,
    cron: true,
    scheduled_at: true,
    status: true,
    message: true,
    exit_code: true,
    actor: true,
    created_at: true,
    started_at: true,
    finished_at: true,
  })
  .extend({ app_name: z.string() });
export type NoticedRun = z.infer<typeof noticedRunSchema>;

export const noticedRun = (run: Run, app_name: string): NoticedRun => noticedRunSchema.parse({ ...run, app_name });

/** `shop: cron nightly failed (run 12)`. */
export function runHeadline({ id, app_name, cron, started_at }: NoticedRun): string {
  const what = cron === null ? "a command" : `cron ${cron}`;
  return `${app_name}: ${what} ${started_at === null ? "did not run" : "failed"} (run ${id})`;
}

export function runFacts({ command, scheduled_at, deployment_id, started_at, finished_at }: NoticedRun): Fact[] {
  const known: readonly (readonly [label: string, value: string | null])[] = [
    ["Command", command.join(" ")],
    ["Scheduled", scheduled_at],
    ["Release", `deployment ${deployment_id}`],
    ["Duration", started_at === null || finished_at === null ? null : inWords(secondsBetween(started_at, finished_at))],
  ];
  return known.flatMap(([label, value]) => (value === null ? [] : [{ label, value, isLink: false }]));
}

/** Where its app's runs are; `null`: nobody said where the dashboard is. */
export const linkToRuns = (publicUrl: string, { app_id }: NoticedRun): string | null =>
  publicUrl === "" ? null : `${publicUrl}/apps/${app_id}/runs`;
