import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LocalContext, LocalPart, ResourceProvider } from "../../kernel/part.ts";
import type { Caller, Permission } from "../../kernel/service.ts";
import type { Facts } from "./conditions.ts";
import { evaluate, type Grant, type Judgement } from "./evaluate.ts";
import { createIdentities, type Identities } from "./identities.ts";
import { roleService } from "./operations.ts";
import type { Principal, Statement } from "./policy.ts";
import { createResourcePolicies } from "./resource-policies.ts";
import { createRoles } from "./roles.ts";

/** A grant and the ARN of the role that has it. */
interface RoleGrant extends Grant {
  readonly role: string;
}

/** Decides who may do what by the template's policies, and keeps account of which of them were needed. */
export interface Iam extends LocalPart, Identities {
  /** Why the caller may not do all of that, in AWS's words; `undefined`: it may. Notes which grants it used. */
  authorize(permissions: readonly Permission[], caller: Caller): string | undefined;
  /** Whether the role's trust policy lets the service assume it. `context` as in a {@link Permission}. */
  mayAssume(roleArn: string, servicePrincipal: string, context?: Permission["context"]): boolean;
  /** Whether the role has any policy but that of who may assume it. */
  hasPolicies(roleArn: string): boolean;
  /** Whether the role's trust policy names the caller itself. */
  mayBeAssumedBy(roleArn: string, caller: Caller): boolean;
  /** The template's grants that no call has used so far. */
  unusedGrants(): RoleGrant[];
  /** Writes `<data>/iam-report.json`: `{used, unused}`, each a list of `{role, action, resource}`. */
  close(): Promise<void>;
}

type IamContext = Pick<LocalContext, "account" | "region" | "dataDir" | "randomHex" | "clock">;

/** The condition keys that every request has. The local mode stands for HTTPS, though it speaks plain HTTP on the loopback. */
function factsOf(permission: Pick<Permission, "context">, caller: Caller, { account, region }: IamContext): Facts {
  const own = {
    "aws:SecureTransport": "true",
    "aws:RequestedRegion": region,
    "aws:PrincipalAccount": account,
    ...(caller.roleArn === null ? {} : { "aws:PrincipalArn": caller.roleArn }),
    ...(caller.servicePrincipal === undefined
      ? {}
      : { "aws:SourceAccount": account, "aws:PrincipalServiceName": caller.servicePrincipal }),
  };
  const all = Object.entries({ ...own, ...permission.context });
  return new Map(all.map(([key, value]) => [key.toLowerCase(), typeof value === "string" ? [value] : value]));
}

/** Whether a statement's principal is the caller itself. The account's root is not: it only lets identity policies decide. */
function isCaller({ type, value }: Principal, caller: Caller): boolean {
  if (type === "Service") return value === caller.servicePrincipal;
  return type === "AWS" && (value === "*" || (caller.roleArn !== null && value === caller.roleArn));
}

const isAccountOf = ({ type, value }: Principal, account: string): boolean =>
  type === "AWS" && (value === account || value === `arn:aws:iam::${account}:root`);

/** Of a resource's statements those about the caller: a Deny for the whole account hits it too. */
function about(statements: readonly Statement[], caller: Caller, account: string): Statement[] {
  return statements.filter(({ effect, principals }) =>
    (principals ?? []).some(
      (one) => isCaller(one, caller) || (effect === "Deny" && caller.roleArn !== null && isAccountOf(one, account)),
    ),
  );
}

function userArn({ name, roleArn }: Caller, account: string): string {
  if (roleArn === null) return name;
  return `arn:aws:sts::${account}:assumed-role/${roleArn.slice(roleArn.lastIndexOf("/") + 1)}/${name}`;
}

/** Resources may be named one by one: objects, parameters, log streams. */
const MOST_REMEMBERED = 5000;

const NO_JUDGEMENT: Judgement = { verdict: "implicitDeny", grants: [] };
/** Of what no session policy limits. */
const UNLIMITED: Judgement = { verdict: "allowed", grants: [] };

/** AWS's sentence for why not; `undefined` when identity and resource policies together allow it. */
function objection(
  permission: Permission,
  { identity, session, resource }: Readonly<Record<"identity" | "session" | "resource", Judgement>>,
  caller: Caller,
): string | undefined {
  if (session.verdict === "explicitDeny") return "with an explicit deny in a session policy";
  if (identity.verdict === "explicitDeny") return "with an explicit deny in an identity-based policy";
  if (resource.verdict === "explicitDeny") return "with an explicit deny in a resource-based policy";
  if (session.verdict !== "allowed") return `because no session policy allows the ${permission.action} action`;
  if (identity.verdict === "allowed" || resource.verdict === "allowed") return undefined;
  const kind = caller.roleArn === null ? "resource-based" : "identity-based";
  return `because no ${kind} policy allows the ${permission.action} action`;
}

/** Usable before the rest of a {@link LocalContext} exists: its credentials are part of that context. */
export function createIam(context: IamContext): Iam {
  const { account, dataDir } = context;
  const roles = createRoles(context);
  const resourcePolicies = createResourcePolicies(context);
  const { policyOf, ...identities } = createIdentities(context);
  const used = new Set<string>();
  const keyOf = ({ role, action, resource }: RoleGrant): string => JSON.stringify([role, action, resource]);

  const allowed = new Set<string>();
  /** Of what depends on nothing but the policies. Its grants are recorded as used by then. */
  const allowedKey = ({ action, resource, context: facts }: Permission, caller: Caller): string | null =>
    facts === undefined && caller.session === undefined
      ? JSON.stringify([caller.roleArn, caller.servicePrincipal, action, resource])
      : null;
  const cache = (key: string): void => {
    if (allowed.size >= MOST_REMEMBERED) allowed.clear();
    allowed.add(key);
  };
  /** A policy that comes or changes makes every earlier judgement void. */
  const forgetting = (provider: ResourceProvider): ResourceProvider => ({
    type: provider.type,
    ensure: (resource) => {
      allowed.clear();
      return provider.ensure(resource);
    },
  });

  const refused = (permission: Permission, caller: Caller): string | undefined => {
    const key = allowedKey(permission, caller);
    if (key !== null && allowed.has(key)) return undefined;
    const facts = factsOf(permission, caller, context);
    const { roleArn } = caller;
    const identity = roleArn === null ? NO_JUDGEMENT : evaluate(roles.statementsOf(roleArn), permission, facts);
    const standing = about(resourcePolicies.statementsFor(permission.resource), caller, account);
    const limits = caller.session === undefined ? null : policyOf(caller.session);
    const session = limits === null ? UNLIMITED : evaluate(limits, permission, facts);
    const why = objection(permission, { identity, session, resource: evaluate(standing, permission, facts) }, caller);
    if (why === undefined) {
      for (const grant of identity.grants) used.add(keyOf({ role: roleArn ?? "", ...grant }));
      if (key !== null) cache(key);
      return undefined;
    }
    const { action, resource } = permission;
    return `User: ${userArn(caller, account)} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
  };

  /** Each grant once, however many statements repeat it. */
  const granted = (): RoleGrant[] => {
    const all = roles.grants().flatMap(({ role, grants }) => grants.map((grant) => ({ role, ...grant })));
    return [...new Map(all.map((grant) => [keyOf(grant), grant])).values()];
  };
  const unusedGrants = (): RoleGrant[] => granted().filter((grant) => !used.has(keyOf(grant)));

  return {
    ...identities,
    services: [roleService(account, roles)],
    providers: [...roles.providers, ...resourcePolicies.providers].map(forgetting),
    authorize: (permissions, caller) => {
      if (caller.roleArn === null && caller.servicePrincipal === undefined) return undefined;
      for (const permission of permissions) {
        const why = refused(permission, caller);
        if (why !== undefined) return why;
      }
      return undefined;
    },
    hasPolicies: (roleArn) => roles.statementsOf(roleArn).length > 0,
    mayBeAssumedBy: (roleArn, caller) => {
      const permission: Permission = { action: "sts:AssumeRole", resource: roleArn };
      const statements = about(roles.trustOf(roleArn), caller, account);
      return evaluate(statements, permission, factsOf(permission, caller, context)).verdict === "allowed";
    },
    mayAssume: (roleArn, servicePrincipal, assumeContext = {}) => {
      const caller = { name: servicePrincipal, roleArn: null, servicePrincipal };
      const permission = { action: "sts:AssumeRole", resource: roleArn, context: assumeContext };
      const statements = about(roles.trustOf(roleArn), caller, account);
      return evaluate(statements, permission, factsOf(permission, caller, context)).verdict === "allowed";
    },
    unusedGrants,
    close: async () => {
      mkdirSync(dataDir, { recursive: true });
      const report = { used: granted().filter((grant) => used.has(keyOf(grant))), unused: unusedGrants() };
      writeFileSync(join(dataDir, "iam-report.json"), `${JSON.stringify(report, null, 2)}\n`);
    },
  };
}
