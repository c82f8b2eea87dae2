import { decodeCursor, encodeCursor, startingAt } from "../app-log/cursor.ts";
import { cutOf } from "../app-log/long-line.ts";
import { readAfter } from "../app-log/read.ts";
import type { Deployment } from "../deployment/deployment.ts";
import type { DeploymentEvent } from "../deployment/event.ts";
import { largestLog } from "../limits.ts";
import { storedLines } from "../log/stored-lines.ts";
import type { ReleaseOrder } from "../ports/releases.ts";
import { requestRun } from "../run/decide.ts";
import { isOver, type Run, taskIdOf } from "../run/run.ts";
import { secondsBetween, toTimestamp } from "../time.ts";
import type { WorkerDeps } from "./deps.ts";
import { applyToRun, beginRun } from "./runs.ts";
import { appendOwnLines } from "./write-log.ts";

/** What the release command prints is copied into the deployment's log under this name. */
const writer = "release_command";
const linesAtOnce = 500;
/** The last lines of a task may arrive a moment after it stopped. */
const lastLinesSeconds = 3;

/**
 * Has the release command run with what is to be released. Its run has an id that the deployment noted before, so that
 * whoever does this again finds the run.
 */
export async function startReleaseCommand(
  deps: WorkerDeps,
  row: Deployment,
  order: ReleaseOrder,
): Promise<DeploymentEvent | null> {
  const { release_command: command, release_command_minutes: minutes } = row.settings;
  const id = row.release_command?.run_id;
  if (id === undefined || command === null) return null;
  const known = await deps.runs.get(id);
  if (known !== null) {
    // Whoever made it may have died right after that.
    await beginRun(deps, known);
  } else {
    const defined = await deps.releases.define(order);
    if (defined.outcome === "refused") return { type: "release_command_refused", message: defined.message };
    const run = requestRun(
      {
        id,
        app_id: row.app_id,
        deployment_id: row.id,
        process: "web",
        command,
        trigger: "release",
        actor: row.actor,
        actor_id: row.actor_id,
        timeout_minutes: minutes,
        task_definition: defined.task_definition,
      },
      deps.now(),
    );
    await deps.runs.create(run);
    await beginRun(deps, run);
  }
  return null;
}

/** Has the release command of a deployment that is over, or is to end, stopped. */
export async function stopReleaseCommand(deps: WorkerDeps, row: Deployment): Promise<void> {
  const id = row.release_command?.run_id;
  if (id === undefined) return;
  await applyToRun(deps, id, { type: "cancel_requested", by: `the end of deployment ${row.id}` });
  await deps.queue.send({ type: "run", run_id: id });
}

/** Copies what the release command printed since the last look, and sees whether it is over. */
export async function observeReleaseCommand(deps: WorkerDeps, row: Deployment): Promise<readonly DeploymentEvent[]> {
  const noted = row.release_command;
  if (noted === null || !noted.running) return [];
  const run = await deps.runs.get(noted.run_id);
  // It was not begun, and nobody begins it any more.
  if (run === null) return row.ending === null ? [] : [ended("cancelled", null, "It did not start.")];
  const printed = await copyOutput(deps, row, run);
  const events: DeploymentEvent[] = printed === null ? [] : [printed];
  if (!isOver(run)) return events;
  const isSettled = secondsBetween(run.finished_at ?? run.created_at, deps.now()) >= lastLinesSeconds;
  if (!isSettled || (printed?.more ?? false)) return events;
  return [...events, ended(run.status, run.exit_code, run.message)];
}

const ended = (status: Run["status"], exit_code: number | null, message: string): DeploymentEvent => ({
  type: "release_command_ended",
  succeeded: status === "succeeded",
  exit_code,
  message,
});

const truncated = {
  line: `Log truncated at ${largestLog.bytes / 1024 ** 2} MB. The release command continues; the app's log has what it prints.\n`,
  stream: "system",
} as const;

type Printed = Extract<DeploymentEvent, { type: "release_command_printed" }>;

/**
 * The lines of one task keep their order: whoever reads on from the same place gives them the same numbers, and the log
 * takes each number once.
 */
async function copyOutput(deps: WorkerDeps, row: Deployment, run: Run): Promise<Printed | null> {
  const task = taskIdOf(run);
  const noted = row.release_command;
  if (task === null || noted === null) return null;
  const from = Date.parse(run.created_at);
  const cursor = (noted.cursor === null ? null : decodeCursor(noted.cursor)) ?? startingAt(from);
  const query = {
    app_id: row.app_id,
    process: null,
    release: row.id,
    task,
    text: "",
    matches: () => true,
    since: from,
    until: null,
    limit: linesAtOnce,
  };
  const read = await readAfter(deps.appLogs, query, cursor, Date.parse(deps.now()));
  if (read.lines.length === 0) return null;
  const redact = await deps.redactionFor(row.app_id);
  const lines = read.lines.map(({ event }) =>
    storedLines(event.message, (line) => redact(line, cutOf(event)), {
      timestamp: toTimestamp(event.at),
      stream: "stdout",
    }),
  );
  const isFull = (await deps.log.head(row.id)).bytes > largestLog.bytes;
  if (isFull) await appendOwnLines(deps, row.id, `${writer}_truncated`, 1, [{ ...truncated, timestamp: deps.now() }]);
  else await appendOwnLines(deps, row.id, writer, noted.lines + 1, lines);
  return {
    type: "release_command_printed",
    run_id: run.id,
    before: noted.lines,
    lines: noted.lines + (isFull ? 0 : lines.length),
    cursor: encodeCursor(read.next),
    more: !read.complete,
  };
}
