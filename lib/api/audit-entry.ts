import { type AuditEntry, entryId } from "../core/access/audit.ts";
import type { Principal } from "../core/access/principal.ts";
import type { ApiDeps, Call } from "./deps.ts";

/** What happened, to be written with it. `by`: who did it, where the call came from nobody yet. */
interface AuditedAction {
  readonly app_id?: number | null;
  readonly deployment_id?: number | null;
  /** A detail that is `undefined` is left out. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly by?: Pick<Principal, "id" | "name" | "role">;
}

/** An entry of the audit log for what a call is about to do. Whoever does it writes the entry with the change, or neither. */
export function entryOf(
  deps: Pick<ApiDeps, "now" | "secret">,
  call: Pick<Call, "action" | "principal" | "address">,
  { app_id = null, deployment_id = null, details = {}, by = call.principal }: AuditedAction,
): AuditEntry {
  const at = deps.now();
  const said = Object.entries(details).filter(([, value]) => value !== undefined);
  return {
    id: entryId(at, deps.secret().slice(0, 12)),
    at,
    actor: by.name,
    actor_id: by.id,
    role: by.role,
    action: call.action,
    app_id,
    deployment_id,
    details: Object.fromEntries(said),
    address: call.address,
  };
}
