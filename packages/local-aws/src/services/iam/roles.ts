import { createHash } from "node:crypto";
import * as z from "zod";
import type { LocalContext, Resource, ResourceProvider } from "../../kernel/part.ts";
import { type Grant, grantsOf } from "./evaluate.ts";
import { AWS_MANAGED_POLICIES } from "./managed-policies.ts";
import { parsePolicy, type Statement } from "./policy.ts";

const RoleProperties = z.looseObject({
  RoleName: z.string().optional(),
  Path: z.string().default("/"),
  AssumeRolePolicyDocument: z.unknown(),
  Policies: z.array(z.looseObject({ PolicyName: z.string(), PolicyDocument: z.unknown() })).default([]),
  ManagedPolicyArns: z.array(z.string()).default([]),
  PermissionsBoundary: z.never("permissions boundaries are not known here").optional(),
});

const PolicyProperties = z.looseObject({
  PolicyName: z.string().optional(),
  ManagedPolicyName: z.string().optional(),
  Path: z.string().default("/"),
  PolicyDocument: z.unknown(),
  Roles: z.array(z.string()).default([]),
});

interface Role {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly id: string;
  /** The trust policy as it was written. */
  readonly document: unknown;
  readonly trust: readonly Statement[];
  readonly inline: readonly Statement[];
  readonly managedArns: readonly string[];
}

/** A policy resource: attached to roles by their names, or, if managed, also by its ARN. */
interface Attached {
  readonly statements: readonly Statement[];
  readonly roleNames: readonly string[];
  readonly arn: string | null;
}

/** The roles of the template and what they may do, as of now: policies come after the roles they are attached to. */
export interface Roles {
  readonly providers: readonly ResourceProvider[];
  /** All identity policies of a role; none for a role that does not exist. */
  statementsOf(roleArn: string): readonly Statement[];
  trustOf(roleArn: string): readonly Statement[];
  /** The role of that name, whatever its path: names are unique in an account. */
  find(name: string): Pick<Role, "arn" | "name" | "path" | "id" | "document"> | undefined;
  /** What the template grants, role by role; AWS's own managed policies are nobody's to trim and left out. */
  grants(): { role: string; grants: Grant[] }[];
}

function properties<T>(schema: z.ZodType<T>, resource: Resource): T {
  const parsed = schema.safeParse(resource.properties);
  if (parsed.success) return parsed.data;
  throw new Error(z.prettifyError(parsed.error));
}

function awsManaged(arn: string): readonly Statement[] | undefined {
  const [, name = ""] = /^arn:[^:]+:iam::aws:policy\/(.+)$/.exec(arn) ?? [];
  const statements = Object.hasOwn(AWS_MANAGED_POLICIES, name) ? AWS_MANAGED_POLICIES[name] : undefined;
  return statements === undefined ? undefined : parsePolicy({ Statement: statements }, arn);
}

/** As AWS's unique ids look: a prefix and 17 letters and digits, the same for the same ARN. */
const uniqueId = (prefix: string, arn: string): string =>
  prefix + createHash("sha256").update(arn).digest("hex").slice(0, 17).toUpperCase();

export function createRoles({ account }: Pick<LocalContext, "account">): Roles {
  const roles = new Map<string, Role>();
  const policies = new Map<string, Attached>();

  const ofTemplate = (role: Role): Statement[] => [
    ...role.inline,
    ...[...policies.values()]
      .filter(({ arn, roleNames }) => roleNames.includes(role.name) || (arn !== null && role.managedArns.includes(arn)))
      .flatMap(({ statements }) => statements),
  ];

  const ensureRole = (resource: Resource) => {
    const given = properties(RoleProperties, resource);
    const name = given.RoleName ?? resource.physicalName;
    const arn = `arn:aws:iam::${account}:role${given.Path}${name}`;
    const known = [...policies.values()].map((policy) => policy.arn);
    for (const managed of given.ManagedPolicyArns) {
      if (awsManaged(managed) === undefined && !known.includes(managed)) {
        throw new Error(`the managed policy ${managed} is not known here`);
      }
    }
    const id = uniqueId("AROA", arn);
    roles.set(arn, {
      arn,
      name,
      path: given.Path,
      id,
      document: given.AssumeRolePolicyDocument,
      trust: parsePolicy(given.AssumeRolePolicyDocument, "AssumeRolePolicyDocument"),
      inline: given.Policies.flatMap((one) => parsePolicy(one.PolicyDocument, `Policies.${one.PolicyName}`)),
      managedArns: given.ManagedPolicyArns,
    });
    return { ref: name, attributes: { Arn: arn, RoleId: id } };
  };

  const ensurePolicy = (resource: Resource, arn: (name: string, path: string) => string | null) => {
    const given = properties(PolicyProperties, resource);
    const name = given.PolicyName ?? given.ManagedPolicyName ?? resource.physicalName;
    policies.set(resource.logicalId, {
      statements: parsePolicy(given.PolicyDocument, "PolicyDocument"),
      roleNames: given.Roles,
      arn: arn(name, given.Path),
    });
    return { name, arn: arn(name, given.Path) };
  };

  return {
    providers: [
      { type: "AWS::IAM::Role", ensure: ensureRole },
      { type: "AWS::IAM::Policy", ensure: (resource) => ({ ref: ensurePolicy(resource, () => null).name }) },
      {
        type: "AWS::IAM::ManagedPolicy",
        ensure: (resource) => {
          const { arn } = ensurePolicy(resource, (name, path) => `arn:aws:iam::${account}:policy${path}${name}`);
          return { ref: arn ?? "", attributes: { PolicyArn: arn ?? "" } };
        },
      },
    ],
    statementsOf: (roleArn) => {
      const role = roles.get(roleArn);
      if (role === undefined) return [];
      return [...ofTemplate(role), ...role.managedArns.flatMap((arn) => awsManaged(arn) ?? [])];
    },
    find: (name) => [...roles.values()].find((role) => role.name === name),
    trustOf: (roleArn) => roles.get(roleArn)?.trust ?? [],
    grants: () => [...roles].map(([role, one]) => ({ role, grants: ofTemplate(one).flatMap(grantsOf) })),
  };
}
