import { isTimezone, nextTime, periodOf, readSchedule } from "@slipway/text/schedule";
import type { App, Cron } from "../app.ts";
import type { CronSchedule, CronTime } from "../ports/crons.ts";
import { requestRun } from "../run/decide.ts";
import { isOver } from "../run/run.ts";
import { plusSeconds, secondsBetween, toTimestamp } from "../time.ts";
import { latestStartMinutes } from "./cron-start.ts";
import type { WorkerDeps } from "./deps.ts";
import { cronsOf, liveCron } from "./live-cron.ts";
import { beginRun } from "./runs.ts";

/**
 * The time of a cron has come. Its run is found by that time, so that whoever is told again finds the same one; whether and in
 * which release it starts is decided when it does.
 */
export async function cronDue(deps: WorkerDeps, time: CronTime): Promise<void> {
  const found = await liveCron(deps, time.app_id, time.cron);
  if (found === null) {
    deps.logger.info("A schedule of a cron that the live release does not have", { ...time });
    return;
  }
  const scheduled_at = timeOf(found.cron, time.scheduled_at);
  const reserved = { app_id: time.app_id, cron: time.cron, scheduled_at };
  const id = await deps.cronRuns.reserve(reserved, await deps.counters.next("runs"));
  const known = await deps.runs.get(id);
  if (known !== null) return isOver(known) ? undefined : beginRun(deps, known);
  const { cron, live, task_definition } = found;
  const run = requestRun(
    {
      id,
      app_id: time.app_id,
      deployment_id: live.id,
      process: "web",
      command: cron.command,
      trigger: "cron",
      cron: cron.name,
      scheduled_at,
      actor: "Slipway",
      actor_id: null,
      timeout_minutes: cron.timeout_minutes,
      task_definition,
    },
    deps.now(),
  );
  // Somebody who was told at the same moment may have made it first: it is begun twice then, which starts it once.
  await deps.runs.create(run);
  await beginRun(deps, run);
  deps.logger.info("A cron is due", { run_id: id, app_id: time.app_id, cron: cron.name, scheduled_at });
}

/** Crons come at whole minutes, whatever the seconds are that Scheduler says. */
function timeOf({ schedule }: Cron, scheduledAt: string): string {
  const at = Date.parse(scheduledAt);
  return toTimestamp(schedule.trim().startsWith("rate(") ? at : at - (at % 60_000));
}

/** Has the schedules of an app be those of the release that is live, as often as that changes meanwhile. */
export async function syncCrons(deps: WorkerDeps, appId: number): Promise<void> {
  for (let before: string | null = null; ; ) {
    const app = await deps.apps.get(appId);
    const wanted = app === null ? [] : cronsOf(app).flatMap(scheduleOf);
    const text = JSON.stringify(wanted);
    if (text === before) return;
    before = text;
    if (await deps.schedules.set(appId, wanted))
      deps.logger.info("The schedules of an app were changed", { app_id: appId, crons: wanted.length });
    // Nothing was missed before there was a schedule.
    if (wanted.length > 0) await deps.cronRuns.noteChecked(appId, deps.now());
  }
}

/** What was accepted once and cannot be read by now is left out: no schedule of it would ever come. */
function scheduleOf({ name, schedule, timezone }: Cron): CronSchedule[] {
  const read = readSchedule(schedule);
  return "expression" in read && isTimezone(timezone) ? [{ name, expression: read.expression, timezone }] : [];
}

/** After this time a run that has not begun was not begun by its message. */
const missedAfterSeconds = (latestStartMinutes + 5) * 60;
const betweenLooksSeconds = 5 * 60;
const longestLookSeconds = 24 * 3600;

/**
 * Finds times of an app's crons at which nothing happened: the schedule is gone, its message was lost, or Slipway was not there.
 * The last such time of each cron gets its run, which is then seen to be late. Of rates nobody knows the times.
 */
export async function findMissedCrons(deps: WorkerDeps, app: App): Promise<void> {
  const crons = cronsOf(app).flatMap(scheduleOf);
  if (crons.length === 0) return;
  const until = plusSeconds(deps.now(), -missedAfterSeconds);
  const from = await deps.cronRuns.checkedUntil(app.id);
  if (from === null) return deps.cronRuns.noteChecked(app.id, deps.now());
  if (secondsBetween(from, until) < betweenLooksSeconds) return;
  for (const cron of crons) {
    const missed = await lastMissed(deps, app.id, cron, { from, until });
    if (missed === null) continue;
    deps.logger.warn("A cron was not run at its time", { ...missed });
    await cronDue(deps, missed);
  }
  await deps.cronRuns.noteChecked(app.id, until);
}

async function lastMissed(
  deps: WorkerDeps,
  app_id: number,
  { name: cron, expression, timezone }: CronSchedule,
  { from, until }: { readonly from: string; readonly until: string },
): Promise<CronTime | null> {
  if (periodOf(expression) !== null) return null;
  let missed: CronTime | null = null;
  const since = Math.max(Date.parse(from), Date.parse(until) - longestLookSeconds * 1000);
  for (let at = nextTime(expression, timezone, since); at !== null && at <= Date.parse(until); ) {
    const time = { app_id, cron, scheduled_at: toTimestamp(at) };
    const id = await deps.cronRuns.runOf(time);
    if (id === null || (await deps.runs.get(id)) === null) missed = time;
    at = nextTime(expression, timezone, at);
  }
  return missed;
}
