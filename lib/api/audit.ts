import type { ShownAuditEntry } from "../contract/answers/access.ts";
import { listAuditSchema } from "../contract/requests.ts";
import { type AuditAction, type AuditEntry, entryId } from "../core/access/audit.ts";
import type { Deployment } from "../core/deployment/deployment.ts";
import { readableApp } from "./apps.ts";
import type { Answer, ApiDeps, Call } from "./deps.ts";
import { pageOf } from "./page.ts";
import { parse } from "./parse.ts";

interface DescribedAction extends Pick<AuditEntry, "action" | "app_id" | "deployment_id" | "details"> {
  /**
   * When it took effect, and which change it was. The same call again records the same entry: what was done by a call that
   * died before it could be recorded is recorded by its repeat.
   */
  readonly once?: { readonly at: string; readonly key: string };
}

/** What a call did, for the audit log; `null`: nothing new. */
type DescribeAction = (call: Call, answer: Answer) => DescribedAction | null;

/** What a route is in the audit log. */
export interface Audited {
  /** `app.change`: what it is done to, and what. */
  readonly action: string;
  /** `null`: the use case writes the entry itself, with what it changes. */
  readonly describe: DescribeAction | null;
}

/** Something that its use case records together with the change, by an `entryOf` of audit-entry.ts. */
export const withChange = (action: string): Audited => ({ action, describe: null });

type Body = Readonly<Record<string, unknown>>;
const bodyOf = (value: unknown): Body => (typeof value === "object" && value !== null ? (value as Body) : {});
const numberIn = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** Something done to a deployment. */
export const toDeployment = (action: string): Audited => ({
  action,
  describe: (call, answer) => {
    // The routes of deployments answer the bare one, those of apps within `data`.
    const body = bodyOf(bodyOf(answer.body).data ?? answer.body);
    const facts = factsOf(action, call, body);
    return answer.at === undefined
      ? facts
      : { ...facts, once: { at: answer.at, key: `${action}#${body.id}#${call.principal.id}` } };
  },
});

function factsOf(action: string, call: Call, { id, app_id, branch, commit_hash, rollback_of, from_deployment }: Body) {
  const { reason, override } = bodyOf(call.body);
  // A retry or a rollback makes another deployment than the one that it was asked of.
  const isOfApp = action.startsWith("app.");
  const of = call.id === 0 || call.id === id || isOfApp ? undefined : call.id;
  const details = { branch, commit_hash, rollback_of, from_deployment, reason, override, of };
  const said = Object.entries(details).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return { action, app_id: numberIn(app_id), deployment_id: numberIn(id), details: Object.fromEntries(said) };
}

/**
 * What a call is about to do to a deployment, to be written with the change itself: if the call dies right after, the worker
 * records it. What {@link toDeployment} records before the answer is the same entry.
 */
export function auditActionOn(call: Call, action: string, row: Deployment): AuditAction {
  const { id: actor_id, name: actor, role } = call.principal;
  return { ...factsOf(action, call, { ...row }), actor, actor_id, role, address: call.address };
}

/** Records what a call did, after it was done and before it is answered: what was confirmed to the caller is in the audit log. */
export async function recordAction(deps: ApiDeps, describe: DescribeAction, call: Call, answer: Answer): Promise<void> {
  const done = describe(call, answer);
  if (done === null || (answer.isRepeat && done.once === undefined)) return;
  const { once, ...facts } = done;
  const by = call.principal;
  const at = once?.at ?? deps.now();
  const id = entryId(at, once?.key ?? deps.secret().slice(0, 12));
  await deps.audit.record({ ...facts, id, at, actor: by.name, actor_id: by.id, role: by.role, address: call.address });
}

export async function listAudit(deps: ApiDeps, call: Call): Promise<Answer> {
  const { appId, limit, cursor = null } = parse(listAuditSchema, call.query);
  if (appId !== undefined) await readableApp(deps, call, appId);
  const scopes = appId === undefined ? (call.principal.apps ?? [null]) : [appId];
  const listed = await Promise.all(scopes.map((app) => deps.audit.list({ app, before: cursor, limit: limit + 1 })));
  const newest = listed.flat().toSorted((one, other) => (one.id < other.id ? 1 : -1));
  return pageOf<ShownAuditEntry>(newest, { limit, cursorOf: ({ id }) => id });
}
