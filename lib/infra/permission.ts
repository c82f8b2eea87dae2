import { Aws, Stack } from "aws-cdk-lib";
import { type Conditions, PolicyStatement, type Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import * as z from "zod";
import { acknowledge } from "./acknowledge.ts";

/** What somebody may do. */
export interface Permission {
  readonly actions: readonly string[];
  /** ARNs, or `*` for actions that IAM cannot limit to a resource. */
  readonly on: readonly string[];
  readonly when?: Conditions;
  /** Why there is a wildcard in `on`; cdk-nag asks for it. */
  readonly because?: string;
}

/** A service of AWS that works for this account, and not for another one that knows the role's name. */
export const ofThisAccount = (service: string): ServicePrincipal =>
  new ServicePrincipal(service, { conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } } });

/** Adds a permission to a role, and its argument for a wildcard where cdk-nag looks for it. */
export function grant(role: Role, { actions, on, when, because }: Permission): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [...on],
      ...(when === undefined ? {} : { conditions: when }),
    }),
  );
  if (because === undefined) return;
  for (const arn of on) {
    const name = inWords(Stack.of(role).resolve(arn));
    if (name.includes("*")) acknowledge(role, { [`IAM5[Resource::${name}]`]: because });
  }
}

/** To change and list addresses below a domain in a hosted zone, and nothing else in it. */
export const changesAddresses = (zoneArn: string, domain: string): readonly Permission[] => [
  {
    actions: ["route53:ChangeResourceRecordSets"],
    on: [zoneArn],
    when: {
      "ForAllValues:StringLike": { "route53:ChangeResourceRecordSetsNormalizedRecordNames": [`*.${domain}`] },
      "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["A"] },
    },
  },
  { actions: ["route53:ListResourceRecordSets"], on: [zoneArn] },
];

const intrinsic = z.union([
  z.string(),
  z.object({ Ref: z.string() }).transform(({ Ref }) => `<${Ref}>`),
  z
    .object({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) })
    .transform((value) => `<${value["Fn::GetAtt"].join(".")}>`),
]);
const joined = z
  .object({ "Fn::Join": z.tuple([z.string(), z.array(intrinsic)]) })
  .transform(({ "Fn::Join": [separator, parts] }) => parts.join(separator));

/** An ARN as cdk-nag's findings spell it: a reference is its name in angle brackets. */
const inWords = (resolved: unknown): string => z.union([joined, intrinsic]).parse(resolved);
