import type { ShownTicket } from "../contract/answers/access.ts";
import {
  approveSchema,
  createDeploymentSchema,
  createTicketSchema,
  listDeploymentsSchema,
  reasonSchema,
  redeploySchema,
  retrySchema,
  rollbackSchema,
} from "../contract/requests.ts";
import { entryOn } from "../core/access/audit.ts";
import type { App } from "../core/app.ts";
import { secretParameters } from "../core/configuration/secret-parameter.ts";
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
import { passFreeze } from "./freeze.ts";
import { reserveId } from "./idempotency.ts";
import { takeFrom } from "./limited.ts";
import { pageOf } from "./page.ts";
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
  const { limit, cursor = null } = query;
  const { deployments, more } = await deps.deployments.list({ apps, stage, limit, before: cursor });
  return pageOf(deployments.map(presentDeployment), { limit, cursorOf: ({ id }) => String(id), more });
}

export async function showDeployment(deps: ApiDeps, call: Call): Promise<Answer> {
  return data(presentDeployment(await readableDeployment(deps, call, call.id)));
}

export async function createDeployment(deps: ApiDeps, call: Call): Promise<Answer> {
  const input = parse(createDeploymentSchema, call.body);
  if (input.fromDeployment !== undefined)
    return promote(deps, call, await readableApp(deps, call, input.appId), {
      origin: input.fromDeployment,
      reason: input.reason ?? null,
      override: input.override,
    });
  const [app] = await Promise.all([
    readableApp(deps, call, input.appId),
    takeFrom(deps, "deployments", call.principal.id),
  ]);
  const branch = input.branch ?? app.settings.branch;
  const commit = { hash: input.commit ?? "", message: "" };
  return request(deps, call, app, {
    trigger: "api",
    reason: input.reason ?? null,
    override: input.override,
    branch,
    commit,
    image_digest: null,
    rollback_of: null,
    counted: takeFrom(deps, "app_deployments", app.id),
    ...(input.buildCache === undefined ? {} : { build_cache: input.buildCache }),
  });
}

/** Releases an image of another app with this app's configuration. */
async function promote(
  deps: ApiDeps,
  call: Call,
  app: App,
  { origin, reason, override }: { origin: number; reason: string | null; override: string | undefined },
): Promise<Answer> {
  const row = await readableDeployment(deps, call, origin);
  if (row.app_id === app.id) {
    const message = "must be a deployment of another app; roll back to release one of this app again";
    throw new ApiError("invalid_request", {
      sentence: `fromDeployment ${message}.`,
      details: [{ field: "fromDeployment", message }],
    });
  }
  const image = await shareImage(deps, app, row);
  await limitDeployments(deps, call, app);
  return request(deps, call, app, {
    trigger: "promotion",
    reason,
    override,
    branch: row.branch,
    commit: { hash: row.commit_hash, message: row.commit_message },
    ...image,
    rollback_of: null,
    from_deployment: row.id,
  });
}

/** The image of a kept release, shared with an app: it stays in its repository for as long as releases of that app name it. */
async function shareImage(deps: ApiDeps, app: App, row: Deployment) {
  const keptRelease = async () => {
    const origin = await deps.apps.get(row.app_id);
    const records = origin === null || origin.deleted_at !== null ? [] : await deps.records.list(row.app_id);
    const kept = records.find((record) => record.deployment_id === row.id);
    if (kept !== undefined) return kept;
    const sentence = `The image of deployment ${row.id} is not kept. Promote a release that is, such as the live one.`;
    throw new ApiError("release_not_kept", { sentence });
  };
  const { image_digest, image_app_id } = await keptRelease();
  const owner_app_id = image_app_id ?? row.app_id;
  await deps.sharedImages.share({ owner_app_id, app_id: app.id, image_digest, shared_at: deps.now() });
  // Whoever gives images up reads what is shared after the releases: one that is still kept now is seen as shared then.
  await keptRelease();
  return { image_digest, image_app_id: owner_app_id === app.id ? null : owner_app_id };
}

export async function retryDeployment(deps: ApiDeps, call: Call): Promise<Answer> {
  const { reason = null, override } = parse(retrySchema, call.body);
  const row = await readableDeployment(deps, call, call.id);
  const app = await readableApp(deps, call, row.app_id);
  if (!isTerminal(row.stage) || row.stage === "success") {
    throw new ApiError("stage_conflict", {
      sentence: `Deployment ${row.id} is ${row.stage}. Only a failed, cancelled or superseded one can be retried.`,
    });
  }
  const origin = row.from_deployment === null ? null : await deps.deployments.get(row.from_deployment);
  const promoted = origin === null ? null : await shareImage(deps, app, origin);
  const image_digest = promoted?.image_digest ?? (await keptDigest(deps, app, row));
  if (row.rollback_of !== null && image_digest === null) throw notKept(app, row.rollback_of);
  const configured = row.keeps_configuration || row.configuration !== null;
  if (configured) await requireSecrets(deps, app, row);
  await limitDeployments(deps, call, app);
  const commit = { hash: row.commit_hash, message: row.commit_message };
  return request(deps, call, app, {
    trigger: "retry",
    reason,
    override,
    branch: row.branch,
    commit,
    image_digest,
    image_app_id: image_digest === null ? null : row.image_app_id,
    from_deployment: promoted === null ? null : row.from_deployment,
    rollback_of: row.rollback_of,
    rollback_configuration: row.rollback_configuration,
    asks_release_command: row.asks_release_command,
    build_cache: row.build_cache,
    ...(configured ? { configuration_of: row } : {}),
  });
}

export async function redeployApp(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  const { reason = null, override, releaseCommand } = parse(redeploySchema, call.body);
  const live = app.live_deployment_id === null ? null : await deps.deployments.get(app.live_deployment_id);
  if (live === null || live.image_digest === null)
    throw new ApiError("nothing_live", {
      sentence: `${app.settings.name} has no live release. Deploy it first.`,
    });
  await limitDeployments(deps, call, app);
  const answer = await request(deps, call, app, {
    trigger: "redeploy",
    reason,
    override,
    branch: live.branch,
    commit: { hash: live.commit_hash, message: live.commit_message },
    image_digest: live.image_digest,
    image_app_id: live.image_app_id,
    rollback_of: null,
    asks_release_command: releaseCommand,
  });
  return { ...answer, body: { success: true, data: answer.body } };
}

export async function rollbackDeployment(deps: ApiDeps, call: Call): Promise<Answer> {
  const row = await readableDeployment(deps, call, call.id);
  const app = await readableApp(deps, call, row.app_id);
  const { reason = null, override, configuration, releaseCommand } = parse(rollbackSchema, call.body);
  const kept = (await deps.records.list(app.id)).find((record) => record.deployment_id === row.id);
  if (kept === undefined) throw notKept(app, row.id);
  await limitDeployments(deps, call, app);
  const commit = { hash: row.commit_hash, message: row.commit_message };
  return request(deps, call, app, {
    trigger: "rollback",
    reason,
    override,
    branch: row.branch,
    commit,
    image_digest: kept.image_digest,
    image_app_id: kept.image_app_id ?? null,
    rollback_of: row.id,
    rollback_configuration: configuration,
    asks_release_command: releaseCommand,
    ...(configuration === "as_released" ? { configuration_of: row } : {}),
  });
}

/** Versions of secrets go when neither the app nor a kept release names them. Throws 409 where one of them may be gone. */
async function requireSecrets(deps: ApiDeps, app: App, row: Deployment): Promise<void> {
  const wanted = secretParameters(row.settings);
  const isMissing = (known: readonly string[]): boolean => wanted.some((name) => !known.includes(name));
  if (!isMissing(secretParameters(app.settings))) return;
  const kept = (await deps.records.list(app.id)).map(({ deployment_id }) => deployment_id);
  const rows = await Promise.all(kept.map((id) => deps.deployments.get(id)));
  const known = [app.settings, ...rows.flatMap((one) => one?.settings ?? [])].flatMap(secretParameters);
  if (isMissing(known))
    throw new ApiError("secrets_not_kept", {
      sentence: `Secrets of ${app.settings.name} changed since deployment ${row.id}, and those that it had are not kept. Deploy again to use the present ones.`,
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
  const audit_action = auditActionOn(call, call.action, before);
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

/** When the change that this version of the row brought took effect, as the entry for the audit log says that lies in it. */
function recordedIn({ outbox }: Deployment): Pick<Answer, "at"> {
  const last = outbox.findLast((effect) => effect.type === "record_audit_entry");
  return last === undefined ? {} : { at: last.entry.at };
}

/** Of several who approve and reject, one decides it; the others get 409. */
async function decideApproval(deps: ApiDeps, call: Call, type: "approved" | "rejected"): Promise<Answer> {
  const before = await readableDeployment(deps, call, call.id);
  await requireApprover(deps, call.principal, before);
  const { reason = null } = type === "approved" ? await approval(deps, call, before) : parse(reasonSchema, call.body);
  const audit_action = auditActionOn(call, call.action, before);
  const { changed, row } = await happen(deps, before, { type, by: call.principal.name, reason, audit_action });
  if (changed) return { status: 200, body: presentDeployment(row), ...recordedIn(row) };
  throw new ApiError("stage_conflict", {
    sentence: `Deployment ${row.id} isn't waiting for approval: it is ${row.ending?.stage ?? row.stage}.`,
  });
}

/** An approval releases something: a freeze holds it, where it isn't too late for either. */
async function approval(
  deps: ApiDeps,
  call: Call,
  { stage }: Deployment,
): Promise<{ readonly reason?: string | undefined }> {
  const { reason, override } = parse(approveSchema, call.body);
  if (stage === "awaiting_approval") await passFreeze(deps, call, override);
  return { reason };
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

interface Asked extends Omit<DeploymentRequest, "id" | "app" | "actor" | "actor_id"> {
  /** Why a freeze is overridden, if there is one. */
  readonly override: string | undefined;
  /** Throws if the app's limit is reached; absent: it was counted towards it before. */
  readonly counted?: Promise<void>;
}

/**
 * The row first, with the entry of the audit log, then the message, then the answer. Of several with one idempotency key,
 * whoever writes the row answers 201.
 */
async function request(deps: ApiDeps, call: Call, app: App, { override, counted, ...asked }: Asked): Promise<Answer> {
  // The Git server is asked meanwhile. Of a repeat nobody waits for what it says, nor for the freeze.
  const resolving = asked.image_digest === null ? resolve(deps, app, asked) : asked.commit;
  const passing = passFreeze(deps, call, override);
  for (const meanwhile of [resolving, passing]) Promise.resolve(meanwhile).catch(() => {});
  await counted;
  const get = (id: number) => deps.deployments.get(id);
  const reserved = await reserveId(deps, call, { counter: "deployments", get });
  if (reserved.existing !== null) return repeated(deps, reserved.existing);
  const overridden = await passing;
  const reason = asked.reason ?? (overridden === null ? null : `Freeze overridden: ${overridden}`);
  const commit = await resolving;
  const { id: actor_id, name: actor } = call.principal;
  const now = deps.now();
  const row = requestDeployment({ ...asked, reason, commit, id: reserved.id, app, actor, actor_id }, now);
  const entry = entryOn(row.id, auditActionOn(call, call.action, row), now);
  if (!(await deps.deployments.create(row, entry))) return repeated(deps, await readableDeployment(deps, call, row.id));
  const underWay = wake(deps, row.id);
  deps.logger.info("A deployment was requested", {
    deployment_id: row.id,
    app_id: app.id,
    commit_hash: row.commit_hash,
    trigger: row.trigger,
  });
  return { status: 201, body: presentDeployment(row), underWay };
}

/** The deployment of an earlier request with the same key. That one may have died between the row and the message. */
async function repeated(deps: ApiDeps, row: Deployment): Promise<Answer> {
  if (!isTerminal(row.stage)) await wake(deps, row.id);
  return { status: 200, body: presentDeployment(row) };
}

async function resolve(
  deps: ApiDeps,
  app: App,
  asked: Omit<Asked, "override" | "counted">,
): Promise<DeploymentRequest["commit"]> {
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
