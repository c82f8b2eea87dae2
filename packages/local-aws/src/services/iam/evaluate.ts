import type { Permission } from "../../kernel/service.ts";
import type { Facts } from "./conditions.ts";
import { globMatches } from "./glob.ts";
import type { Patterns, Statement } from "./policy.ts";

/** One action on one resource, as patterns of a policy: what an operator would delete if nobody uses it. */
export interface Grant {
  readonly action: string;
  readonly resource: string;
}

export interface Judgement {
  readonly verdict: "allowed" | "explicitDeny" | "implicitDeny";
  /** The patterns that allow it, none unless `verdict` is `allowed`. */
  readonly grants: readonly Grant[];
}

const written = ({ not, patterns }: Patterns): readonly string[] => (not ? [`not ${patterns.join(", ")}`] : patterns);

/** The patterns, as written, under which `value` falls. */
function fitting(side: Patterns, value: string, fold: (text: string) => string): readonly string[] {
  const found = side.patterns.filter((pattern) => globMatches(fold(pattern), fold(value)));
  if (!side.not) return found;
  return found.length === 0 ? written(side) : [];
}

const lower = (text: string): string => text.toLowerCase();
const same = (text: string): string => text;

/** Every action-resource pair that a statement allows. */
export function grantsOf(statement: Statement): Grant[] {
  if (statement.effect === "Deny") return [];
  return written(statement.actions).flatMap((action) =>
    written(statement.resources).map((resource) => ({ action, resource })),
  );
}

/** What of a statement bears on the permission; empty when it says nothing about it. Actions are compared without regard to case. */
function bearing(statement: Statement, permission: Permission, facts: Facts): Grant[] {
  const actions = fitting(statement.actions, permission.action, lower);
  if (actions.length === 0) return [];
  const resources = fitting(statement.resources, permission.resource, same);
  if (resources.length === 0 || !statement.conditions.every((holds) => holds(facts))) return [];
  return actions.flatMap((action) => resources.map((resource) => ({ action, resource })));
}

/**
 * IAM's rule for one set of statements: a matching Deny wins, else a matching Allow, else nothing is allowed.
 * Principals are not evaluated: pass only statements that are about the caller.
 */
export function evaluate(statements: readonly Statement[], permission: Permission, facts: Facts): Judgement {
  const grants: Grant[] = [];
  for (const statement of statements) {
    const found = bearing(statement, permission, facts);
    if (found.length > 0 && statement.effect === "Deny") return { verdict: "explicitDeny", grants: [] };
    grants.push(...found);
  }
  return { verdict: grants.length > 0 ? "allowed" : "implicitDeny", grants };
}
