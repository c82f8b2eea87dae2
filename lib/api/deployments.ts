import type { ShownTicket } from "../contract/answers/access.ts";
import {
  createDeploymentSchema,
  createTicketSchema,
  listDeploymentsSchema,
  reasonSchema,
} from "../contract/requests.ts";
import type { App } from "../core/app.ts";
import type { Deployment } from "../core/deployment/deployment.ts";
import type { DeploymentEvent } from "../core/deployment/event.ts";
import { type DeploymentRequest, requestDeployment } from "../core/deployment/request.ts";
import { isTerminal } from "../core/stage.ts";
import { type Applied, applyOnce } from "../core/worker/apply.ts";
import { requireApprover } from "./approvers.ts";
import { readableApp } from "./apps.ts";
import { auditActionOn } from "./audit.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError, noDeployment } from "./errors.ts";
import { reserveId } from "./idempotency.ts";
import { takeFrom } from "./limited.ts";
import { parse } from "./parse.ts";
import { presentDeployment } from "./present.ts";
import { mayRead } from "./principal.ts";

/** Intake does not wait longer for a Git server; the worker asks again. */
const resolveDeadlineMs = 3_000;
const ticketSeconds = 60;

export async function readableDeployment(
  deps: Pick<ApiDeps, "deployments">,
  call: Pick<Call, "principal">,
  id: number,
): Promise<Deployment> {
  const row = await deps.deployments.get(id);
  if (row === null || !mayRead(call.principal, row.app_id)) throw noDeployment(id);
  return row;
}

export async function listDeployments(deps: ApiDeps, call: Call): Promise<Answer> {
  const query = parse(listDeploymentsSchema, call.query);
  if (query.appId !== undefined) await readableApp(deps, call, query.appId);
  const apps = query.appId === undefined ? call.principal.apps : [query.appId];
  const stage = query.stage ?? query.status ?? null;
  const page = await deps.deployments.list({ apps, stage, limit: query.limit, before: query.cursor ?? null });
  const next = page.more ? String(page.deployments.at(-1)?.id) : null;
  return data(page.deployments.map(presentDeployment), 200, { next_cursor: next });
}

export async function showDeployment(deps: ApiDeps, call: Call): Promise<Answer> {
  return data(presentDeployment(await readableDeployment(deps, call, call.id)));
}

export async function createDeployment(deps: ApiDeps, call: Call): Promise<Answer> {
  const input = parse(createDeploymentSchema, call.body);
  const app = await readableApp(deps, call, input.appId);
  await limitDeployments(deps, call, app);
  const branch = input.branch ?? app.settings.branch;
  const commit = { hash: input.commit ?? "", message: "" };
  return request(deps, call, app, {
    trigger: "api",
    reason: input.reason ?? null,
    branch,
    commit,
    image_digest: null,
    rollback_of: null,
    ...(input.buildCache === undefined ? {} : { build_cache: input.buildCache }),
  });
}

export async function retryDeployment(deps: ApiDeps, call: Call): Promise<Answer> {
  const row = await readableDeployment(deps, call, call.id);
  const app = await readableApp(deps, call, row.app_id);
  if (!isTerminal(row.stage) || row.stage === "success") {
    throw new ApiError("stage_conflict", {
      sentence: `Deployment ${row.id} is ${row.stage}. Only a failed, cancelled or superseded one can be retried.`,
    });
  }
  const image_digest = await keptDigest(deps, app, row);
  if (row.rollback_of !== null && image_digest === null) throw notKept(app, row.rollback_of);
  await limitDeployments(deps, call, app);
  const commit = { hash: row.commit_hash, message: row.commit_message };
  return request(deps, call, app, {
    trigger: "retry",
    reason: null,
    branch: row.branch,
    commit,
    image_digest,
    rollback_of: row.rollback_of,
    build_cache: row.build_cache,
  });
}

export async function rollbackDeployment(deps: ApiDeps, call: Call): Promise<Answer> {
  const row = await readableDeployment(deps, call, call.id);
  const app = await readableApp(deps, call, row.app_id);
  const { reason = null } = parse(reasonSchema, call.body);
  const kept = (await deps.records.list(app.id)).find((record) => record.deployment_id === row.id);
  if (kept === undefined) throw notKept(app, row.id);
  await limitDeployments(deps, call, app);
  const commit = { hash: row.commit_hash, message: row.commit_message };
  return request(deps, call, app, {
    trigger: "rollback",
    reason,
    branch: row.branch,
    commit,
    image_digest: kept.image_digest,
    rollback_of: row.id,
  });
}

/** The image that was built for it, if it is still there: when a release serves, those of earlier deployments go unless they are kept. */
async function keptDigest(deps: ApiDeps, app: App, { id, image_digest }: Deployment): Promise<string | null> {
  if (app.live_deployment_id === null || id > app.live_deployment_id) return image_digest;
  const records = await deps.records.list(app.id);
  return records.some((record) => record.image_digest === image_digest) ? image_digest : null;
}

const notKept = (app: App, deploymentId: number): ApiError =>
  new ApiError("release_not_kept", {
    sentence: `The image of deployment ${deploymentId} is no longer available. GET /api/apps/${app.id}/releases lists the available ones.`,
  });

export async function cancelDeployment(deps: ApiDeps, call: Call): Promise<Answer> {
  const { reason = null } = parse(reasonSchema, call.body);
  const before = await readableDeployment(deps, call, call.id);
  const audit_action = auditActionOn(call, "deployment.cancel", before);
  const event = { type: "cancel_requested", by: call.principal.name, reason, audit_action } as const;
  const { changed, row } = await happen(deps, before, event);
  // Repeating a request that was granted is no conflict, before and after it took effect.
  const granted = row.cancel_requested_at !== null && (!isTerminal(row.stage) || row.stage === "cancelled");
  if (!changed && !granted) {
    throw new ApiError("already_finished", { sentence: `Deployment ${row.id} has already finished: ${row.stage}.` });
  }
  return { status: 202, body: presentDeployment(row), ...(changed ? recordedIn(row) : { isRepeat: true }) };
}

export function approveDeployment(deps: ApiDeps, call: Call): Promise<Answer> {
  return decideApproval(deps, call, "approved");
}

export function rejectDeployment(deps: ApiDeps, call: Call): Promise<Answer> {
  return decideApproval(deps, call, "rejected");
}

const decisions = { approved: "deployment.approve", rejected: "deployment.reject" } as const;

/** When the change that this version of the row brought took effect, as the entry for the audit log says that lies in it. */
function recordedIn({ outbox }: Deployment): Pick<Answer, "at"> {
  const last = outbox.findLast((effect) => effect.type === "record_audit_entry");
  return last === undefined ? {} : { at: last.entry.at };
}

/** Of several who approve and reject, one decides it; the others get 409. */
async function decideApproval(deps: ApiDeps, call: Call, type: "approved" | "rejected"): Promise<Answer> {
  const before = await readableDeployment(deps, call, call.id);
  await requireApprover(deps, call.principal, before);
  const { reason = null } = parse(reasonSchema, call.body);
  const audit_action = auditActionOn(call, decisions[type], before);
  const { changed, row } = await happen(deps, before, { type, by: call.principal.name, reason, audit_action });
  if (changed) return { status: 200, body: presentDeployment(row), ...recordedIn(row) };
  throw new ApiError("stage_conflict", {
    sentence: `Deployment ${row.id} isn't waiting for approval: it is ${row.ending?.stage ?? row.stage}.`,
  });
}

export async function createTicket(deps: ApiDeps, call: Call): Promise<Answer> {
  const { deploymentId = null } = parse(createTicketSchema, call.body);
  if (deploymentId !== null) await readableDeployment(deps, call, deploymentId);
  await takeFrom(deps, "tickets", call.principal.id);
  const ticket = deps.secret();
  const expires = Math.floor(Date.parse(deps.now()) / 1000) + ticketSeconds;
  await deps.tokens.put(deps.hash(ticket), {
    kind: "ticket",
    deployment_id: deploymentId,
    principal: call.principal,
    made_with: call.holder,
    expires_at: expires,
  });
  const shown: ShownTicket = { ticket, expires_at: new Date(expires * 1000).toISOString() };
  return data(shown, 201);
}

async function limitDeployments(deps: ApiDeps, { principal }: Call, app: App): Promise<void> {
  await takeFrom(deps, "deployments", principal.id);
  await takeFrom(deps, "app_deployments", app.id);
}

type Asked = Omit<DeploymentRequest, "id" | "app" | "actor" | "actor_id">;

/** The row first, then the message, then the answer. Of several with one idempotency key, whoever writes the row answers 201. */
async function request(deps: ApiDeps, call: Call, app: App, asked: Asked): Promise<Answer> {
  const reserved = await reserveId(deps, call);
  if (reserved.existing !== null) return repeated(deps, reserved.existing);
  const commit = asked.image_digest === null ? await resolve(deps, app, asked) : asked.commit;
  const { id: actor_id, name: actor } = call.principal;
  const row = requestDeployment({ ...asked, commit, id: reserved.id, app, actor, actor_id }, deps.now());
  if (!(await deps.deployments.create(row))) return repeated(deps, await readableDeployment(deps, call, row.id));
  await wake(deps, row.id);
  deps.logger.info("A deployment was requested", {
    deployment_id: row.id,
    app_id: app.id,
    commit_hash: row.commit_hash,
    trigger: row.trigger,
  });
  return { status: 201, body: presentDeployment(row) };
}

/** The deployment of an earlier request with the same key. That one may have died between the row and the message. */
async function repeated(deps: ApiDeps, row: Deployment): Promise<Answer> {
  if (!isTerminal(row.stage)) await wake(deps, row.id);
  return { status: 200, body: presentDeployment(row), isRepeat: true };
}

async function resolve(deps: ApiDeps, app: App, asked: Asked): Promise<DeploymentRequest["commit"]> {
  const { repo_url: url, git_token } = app.settings;
  const repository = { app_id: app.id, url, git_token, branch: asked.branch, commit: asked.commit.hash };
  const head = await deps.heads.resolve(repository, resolveDeadlineMs);
  return head.outcome === "resolved" ? { hash: head.commit, message: head.message } : asked.commit;
}

/** Lets something happen to a deployment. The worker is woken for a repeat, too: the first request may have died before it did that. */
async function happen(deps: ApiDeps, before: Deployment, event: DeploymentEvent): Promise<Applied> {
  const applied = await applyOnce(deps, before.id, event);
  if (applied === null) throw noDeployment(before.id);
  if (!isTerminal(applied.row.stage)) await wake(deps, before.id);
  return applied;
}

const wake = ({ queue }: ApiDeps, deployment_id: number): Promise<void> =>
  queue.send({ type: "deployment", deployment_id, event: { type: "woken" } });
