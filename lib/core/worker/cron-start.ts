import type { RunEvent } from "../run/decide.ts";
import { isOver, type Run } from "../run/run.ts";
import { secondsBetween } from "../time.ts";
import type { WorkerDeps } from "./deps.ts";
import { liveCron } from "./live-cron.ts";

/** A run that is later than that is not what anybody wanted at its time. */
export const latestStartMinutes = 20;

/**
 * What happens to a run of a cron in place of its start; `null`: it may start. It runs in the release that is live now, not too
 * late, and where runs do not overlap, alone.
 */
export async function insteadOfStart(deps: WorkerDeps, run: Run): Promise<RunEvent | null> {
  const { cron: name, scheduled_at } = run;
  if (name === null || scheduled_at === null) return null;
  const found = await liveCron(deps, run.app_id, name);
  if (found === null) return { type: "skipped", message: `The live release has no cron ${name} any more.` };
  const { cron, live, task_definition } = found;
  if (secondsBetween(scheduled_at, deps.now()) > latestStartMinutes * 60)
    return {
      type: "missed",
      message: `It was due at ${scheduled_at} and did not start within ${latestStartMinutes} minutes.${run.attempt > 1 ? ` ${run.message}` : ""}`,
    };
  if (live.id !== run.deployment_id || task_definition !== run.task_definition) {
    const { command, timeout_minutes } = cron;
    return { type: "retargeted", deployment_id: live.id, task_definition, command, timeout_minutes };
  }
  return cron.overlap === "allow" ? null : takeTurn(deps, run, name);
}

/** Takes the turn, unless the run that has it goes on. */
async function takeTurn(deps: WorkerDeps, run: Run, name: string): Promise<RunEvent | null> {
  for (;;) {
    const holder = await deps.cronRuns.turn(run.app_id, name);
    if (holder === run.id) return null;
    const other = holder === null ? null : await deps.runs.get(holder);
    if (other !== null && !isOver(other))
      return { type: "skipped", message: `Skipped: run ${other.id} of ${name} was still running.` };
    if (await deps.cronRuns.takeTurn(run.app_id, name, holder, run.id)) return null;
  }
}
