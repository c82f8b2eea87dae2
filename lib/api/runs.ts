import type { ShownRun } from "../contract/answers/runs.ts";
import { createRunSchema, listRunsSchema } from "../contract/requests.ts";
import { requestRun } from "../core/run/decide.ts";
import { isOver, type Run, taskIdOf } from "../core/run/run.ts";
import { applyToRun, beginRun } from "../core/worker/runs.ts";
import { readableApp } from "./apps.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError, noRun } from "./errors.ts";
import { takeFrom } from "./limited.ts";
import { parse } from "./parse.ts";
import { mayRead } from "./principal.ts";

/** The run of a call, if the caller sees its app. */
export async function readableRun(
  deps: { readonly runs: Pick<ApiDeps["runs"], "get"> },
  call: Pick<Call, "principal">,
  id: number,
): Promise<Run> {
  const run = await deps.runs.get(id);
  if (run === null || !mayRead(call.principal, run.app_id)) throw noRun(id);
  return run;
}

const presentRun = (run: Run): ShownRun => ({
  id: run.id,
  app_id: run.app_id,
  deployment_id: run.deployment_id,
  process: run.process,
  command: [...run.command],
  trigger: run.trigger,
  actor: run.actor,
  actor_id: run.actor_id,
  status: run.status,
  message: run.message,
  exit_code: run.exit_code,
  created_at: run.created_at,
  started_at: run.started_at,
  finished_at: run.finished_at,
  deadline_at: run.deadline_at,
  cancel_requested_at: run.cancel_requested_at,
  task: taskIdOf(run),
});

/** The row first, then the message, then the answer. */
export async function createRun(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  const { command, process, timeoutMinutes } = parse(createRunSchema, call.body);
  await takeFrom(deps, "runs", app.id);
  const { name, runs } = app.settings;
  if (!runs)
    throw new ApiError("runs_disabled", { sentence: `One-off commands are disabled for ${name} (its setting runs).` });
  const live = app.live_deployment_id === null ? null : await deps.deployments.get(app.live_deployment_id);
  const task_definition = live?.release?.task_definition ?? null;
  if (live === null || task_definition === null)
    throw new ApiError("nothing_live", { sentence: `${name} has no live release. Deploy it first.` });
  const { id: actor_id, name: actor } = call.principal;
  const request = { app_id: app.id, deployment_id: live.id, process, command, actor, actor_id, task_definition };
  const id = await deps.counters.next("runs");
  const run = requestRun({ ...request, id, trigger: "manual", timeout_minutes: timeoutMinutes }, deps.now());
  if (!(await deps.runs.create(run))) throw new ApiError("conflict");
  await beginRun(deps, run);
  deps.logger.info("A run was requested", { run_id: run.id, app_id: app.id, deployment_id: live.id });
  return data(presentRun(run), 201);
}

export async function listRuns(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  const { limit, cursor = null } = parse(listRunsSchema, call.query);
  const found = await deps.runs.list(app.id, { limit: limit + 1, before: cursor });
  const page = found.slice(0, limit);
  const next_cursor = found.length > limit ? String(page.at(-1)?.id) : null;
  return data(page.map(presentRun), 200, { next_cursor });
}

export async function showRun(deps: ApiDeps, call: Call): Promise<Answer> {
  return data(presentRun(await readableRun(deps, call, call.id)));
}

export async function cancelRun(deps: ApiDeps, call: Call): Promise<Answer> {
  const before = await readableRun(deps, call, call.id);
  const applied = await applyToRun(deps, before.id, { type: "cancel_requested", by: call.principal.name });
  if (applied === null) throw noRun(before.id);
  const { changed, run } = applied;
  if (!changed && isOver(run) && run.status !== "cancelled")
    throw new ApiError("already_finished", { sentence: `Run ${run.id} has already finished: ${run.status}.` });
  if (!isOver(run)) await deps.queue.send({ type: "run", run_id: run.id });
  return { ...data(presentRun(run), 202), ...(changed ? {} : { isRepeat: true }) };
}
