import * as z from "zod";
import type { LocalContext, Resource, ResourceProvider } from "../../kernel/part.ts";
import { parsePolicy, type Statement } from "./policy.ts";

/** Statements about certain resources, with the principals they name. */
interface ResourcePolicy {
  readonly covers: (resourceArn: string) => boolean;
  readonly statements: readonly Statement[];
}

/** The policies that stand at the resource instead of at the caller. */
export interface ResourcePolicies {
  readonly providers: readonly ResourceProvider[];
  /** Every statement, of whatever principal, that stands at the resource. */
  statementsFor(resourceArn: string): readonly Statement[];
}

type Place = Pick<LocalContext, "account" | "region">;
type Reader = (properties: unknown, place: Place) => ResourcePolicy;

const LambdaPermission = z.looseObject({
  FunctionName: z.string(),
  Action: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
  SourceAccount: z.string().optional(),
});
const QueuePolicy = z.looseObject({ Queues: z.array(z.string()), PolicyDocument: z.unknown() });
const BucketPolicy = z.looseObject({ Bucket: z.string(), PolicyDocument: z.unknown() });
const EventBusPolicy = z.looseObject({
  EventBusName: z.string().default("default"),
  Action: z.string().optional(),
  Principal: z.string().optional(),
  Statement: z.unknown().optional(),
});
const LogsPolicy = z.looseObject({ PolicyDocument: z.string() });

/** `*`, an account or ARN, or a service. */
function principalOf(written: string): unknown {
  if (written === "*") return "*";
  return /^\d{12}$|^arn:/.test(written) ? { AWS: written } : { Service: written };
}

/** A queue's URL ends in `/<account>/<name>`. */
const queueArn = (url: string, { region }: Place): string =>
  `arn:aws:sqs:${region}:${url.split("/").slice(-2).join(":")}`;

const isOrLiesUnder = (arn: string) => (resource: string) => resource === arn || resource.startsWith(`${arn}/`);

const READERS: Readonly<Record<string, Reader>> = {
  "AWS::Lambda::Permission": (properties, { account, region }) => {
    const given = LambdaPermission.parse(properties);
    const name = given.FunctionName;
    const arn = name.startsWith("arn:") ? name : `arn:aws:lambda:${region}:${account}:function:${name}`;
    const Condition = {
      ...(given.SourceArn === undefined ? {} : { ArnLike: { "aws:SourceArn": given.SourceArn } }),
      ...(given.SourceAccount === undefined ? {} : { StringEquals: { "aws:SourceAccount": given.SourceAccount } }),
    };
    const Principal = principalOf(given.Principal);
    const Statement = { Effect: "Allow", Principal, Action: given.Action, Resource: arn, Condition };
    return { covers: (resource) => resource === arn, statements: parsePolicy({ Statement }, "the permission") };
  },
  "AWS::SQS::QueuePolicy": (properties, place) => {
    const given = QueuePolicy.parse(properties);
    const arns = given.Queues.map((url) => queueArn(url, place));
    return {
      covers: (resource) => arns.includes(resource),
      statements: parsePolicy(given.PolicyDocument, "PolicyDocument"),
    };
  },
  "AWS::S3::BucketPolicy": (properties, _place) => {
    const given = BucketPolicy.parse(properties);
    const covers = isOrLiesUnder(`arn:aws:s3:::${given.Bucket}`);
    return { covers, statements: parsePolicy(given.PolicyDocument, "PolicyDocument") };
  },
  "AWS::Events::EventBusPolicy": (properties, { account, region }) => {
    const given = EventBusPolicy.parse(properties);
    const arn = `arn:aws:events:${region}:${account}:event-bus/${given.EventBusName}`;
    const written = {
      Effect: "Allow",
      Action: given.Action,
      Principal: principalOf(given.Principal ?? "*"),
      Resource: arn,
    };
    const statements = parsePolicy({ Statement: given.Statement ?? written }, "the permission");
    return { covers: (resource) => resource === arn, statements };
  },
  "AWS::Logs::ResourcePolicy": (properties, _place) => ({
    covers: (resource) => resource.split(":")[2] === "logs",
    statements: parsePolicy(JSON.parse(LogsPolicy.parse(properties).PolicyDocument), "PolicyDocument"),
  }),
};

export function createResourcePolicies(place: Place): ResourcePolicies {
  const policies = new Map<string, ResourcePolicy>();
  const ensure = (read: Reader) => (resource: Resource) => {
    policies.set(resource.logicalId, read(resource.properties, place));
    return { ref: resource.physicalName, attributes: { Id: resource.physicalName } };
  };
  return {
    providers: Object.entries(READERS).map(([type, read]) => ({ type, ensure: ensure(read) })),
    statementsFor: (arn) => [...policies.values()].filter(({ covers }) => covers(arn)).flatMap((one) => one.statements),
  };
}
