import type { ShownRun } from "../contract/answers/runs.ts";
import { createRunSchema, listRunsSchema } from "../contract/requests.ts";
import { webProcess } from "../core/app.ts";
import type { Deployment } from "../core/deployment/deployment.ts";
import { requestRun } from "../core/run/decide.ts";
import { isOver, type Run, taskIdOf } from "../core/run/run.ts";
import { applyToRun, beginRun } from "../core/worker/runs.ts";
import { readableApp } from "./apps.ts";
import { entryOf } from "./audit-entry.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError, noRun, unknownProcess } from "./errors.ts";
import { reserveId } from "./idempotency.ts";
import { takeFrom } from "./limited.ts";
import { pageOf } from "./page.ts";
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
  cron: run.cron,
  scheduled_at: run.scheduled_at,
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

/** Its command may have secrets in it: only the program is named. */
const entryOn = (deps: ApiDeps, call: Call, { id, app_id, deployment_id, command }: Run) =>
  entryOf(deps, call, { app_id, deployment_id, details: { run_id: id, program: command[0] } });

/** The row first, then the message, then the answer. Of several with one idempotency key, whoever writes the row answers 201. */
export async function createRun(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  const { command, process, timeoutMinutes } = parse(createRunSchema, call.body);
  await takeFrom(deps, "runs", app.id);
  const { name, runs } = app.settings;
  if (!runs)
    throw new ApiError("runs_disabled", { sentence: `One-off commands are disabled for ${name} (its setting runs).` });
  const live = app.live_deployment_id === null ? null : await deps.deployments.get(app.live_deployment_id);
  const task_definition = live === null ? null : definitionOf(live, process);
  if (live === null || task_definition === null)
    throw new ApiError("nothing_live", { sentence: `${name} has no live release. Deploy it first.` });
  const { id: actor_id, name: actor } = call.principal;
  const request = { app_id: app.id, deployment_id: live.id, process, command, actor, actor_id, task_definition };
  const { id, existing } = await reserveId(deps, call, { counter: "runs", get: (id) => deps.runs.get(id) });
  if (existing !== null) return repeated(deps, existing);
  const run = requestRun({ ...request, id, trigger: "manual", timeout_minutes: timeoutMinutes }, deps.now());
  if (!(await deps.runs.create(run, entryOn(deps, call, run))))
    return repeated(deps, await readableRun(deps, call, id));
  await beginRun(deps, run);
  deps.logger.info("A run was requested", { run_id: run.id, app_id: app.id, deployment_id: live.id });
  return data(presentRun(run), 201);
}

/** What a command in a process of a release runs with. */
function definitionOf({ release, processes }: Deployment, process: string): string | null {
  const beside = processes?.task_definitions ?? {};
  if (process === webProcess) return release?.task_definition ?? null;
  if (!Object.hasOwn(beside, process)) throw unknownProcess(process, [webProcess, ...Object.keys(beside)]);
  return beside[process] ?? null;
}

/** The run of an earlier request with the same key. That one may have died between the row and the message. */
async function repeated(deps: ApiDeps, run: Run): Promise<Answer> {
  if (!isOver(run)) await beginRun(deps, run);
  return { ...data(presentRun(run)), isRepeat: true };
}

export async function listRuns(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  const { limit, cursor = null, cron = null } = parse(listRunsSchema, call.query);
  const found = await deps.runs.list(app.id, { limit: limit + 1, before: cursor, cron });
  return pageOf(found.map(presentRun), { limit, cursorOf: ({ id }) => String(id) });
}

export async function showRun(deps: ApiDeps, call: Call): Promise<Answer> {
  return data(presentRun(await readableRun(deps, call, call.id)));
}

export async function cancelRun(deps: ApiDeps, call: Call): Promise<Answer> {
  const before = await readableRun(deps, call, call.id);
  const event = { type: "cancel_requested", by: call.principal.name } as const;
  const applied = await applyToRun(deps, before.id, event, entryOn(deps, call, before));
  if (applied === null) throw noRun(before.id);
  const { changed, run } = applied;
  if (!changed && isOver(run) && run.status !== "cancelled")
    throw new ApiError("already_finished", { sentence: `Run ${run.id} has already finished: ${run.status}.` });
  if (!isOver(run)) await deps.queue.send({ type: "run", run_id: run.id });
  return data(presentRun(run), 202);
}
