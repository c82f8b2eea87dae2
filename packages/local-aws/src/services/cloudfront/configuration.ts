import * as z from "zod";
import type { HeaderList } from "../apigateway/message.ts";
import { globMatches } from "../iam/glob.ts";
import type { HeadersPolicy } from "./response-headers.ts";

const Association = z.object({ EventType: z.enum(["viewer-request", "viewer-response"]), FunctionARN: z.string() });
const Behavior = z.object({
  AllowedMethods: z.array(z.string()).default(["GET", "HEAD"]),
  FunctionAssociations: z.array(Association).default([]),
  ResponseHeadersPolicyId: z.string().optional(),
  TargetOriginId: z.string(),
});
const Origin = z.object({
  Id: z.string(),
  DomainName: z.string(),
  OriginPath: z.string().default(""),
  OriginCustomHeaders: z.array(z.object({ HeaderName: z.string(), HeaderValue: z.string() })).default([]),
  S3OriginConfig: z.unknown().optional(),
});
const ErrorResponse = z.object({
  ErrorCode: z.coerce.number(),
  ResponseCode: z.coerce.number().optional(),
  ResponsePagePath: z.string().optional(),
});

/** What the local mode needs of an `AWS::CloudFront::Distribution`. */
const DistributionProperties = z.object({
  DistributionConfig: z.object({
    CacheBehaviors: z.array(Behavior.extend({ PathPattern: z.string() })).default([]),
    CustomErrorResponses: z.array(ErrorResponse).default([]),
    DefaultCacheBehavior: Behavior,
    DefaultRootObject: z.string().default(""),
    Origins: z.array(Origin),
  }),
});

export const FunctionProperties = z.object({ Name: z.string(), FunctionCode: z.string() });

/** Where an origin's domain leads in the local mode. */
type OriginTarget =
  | { readonly kind: "api"; readonly apiId: string }
  | { readonly kind: "bucket"; readonly bucket: string };

export interface DistributionOrigin {
  readonly id: string;
  /** Put before the path: `/prod`. */
  readonly path: string;
  readonly domainName: string;
  /** Sent with each request, instead of what a viewer sends under these names. */
  readonly headers: HeaderList;
  readonly target: OriginTarget;
}

export interface CacheBehavior {
  readonly allowedMethods: readonly string[];
  readonly originId: string;
  readonly viewerRequest: string | undefined;
  readonly viewerResponse: string | undefined;
  readonly headersPolicy: HeadersPolicy | undefined;
}

/** What is said instead of an origin's error. */
interface ErrorPage {
  readonly status: number;
  readonly path: string | undefined;
}

export interface DistributionSettings {
  readonly id: string;
  readonly domainName: string;
  readonly defaultRootObject: string;
  readonly defaultBehavior: CacheBehavior;
  /** In the order of the template: the first that matches wins. */
  readonly behaviors: readonly (readonly [pattern: string, behavior: CacheBehavior])[];
  readonly origins: ReadonlyMap<string, DistributionOrigin>;
  readonly errorPages: ReadonlyMap<number, ErrorPage>;
}

function targetOf(domainName: string): OriginTarget {
  const apiId = /^([a-z0-9]+)\.execute-api\./.exec(domainName)?.[1];
  if (apiId !== undefined) return { kind: "api", apiId };
  const bucket = /^(.+?)\.s3[.-]/.exec(domainName)?.[1];
  if (bucket !== undefined) return { kind: "bucket", bucket };
  throw new Error(`The local mode has no origin at ${domainName}: it knows buckets and execute-api.`);
}

function policyFor(id: string | undefined, policies: ReadonlyMap<string, HeadersPolicy>): HeadersPolicy | undefined {
  if (id === undefined) return undefined;
  const policy = policies.get(id);
  if (policy === undefined) throw new Error(`The template has no response headers policy ${id}.`);
  return policy;
}

/** Reads the evaluated properties; throws for an origin that the local mode does not have. */
export function distributionSettings(
  id: string,
  properties: unknown,
  policies: ReadonlyMap<string, HeadersPolicy>,
): DistributionSettings {
  const { DistributionConfig: config } = DistributionProperties.parse(properties);
  const functionFor = (behavior: z.infer<typeof Behavior>, type: string): string | undefined =>
    behavior.FunctionAssociations.find(({ EventType }) => EventType === type)?.FunctionARN;
  const behaviorOf = (behavior: z.infer<typeof Behavior>): CacheBehavior => ({
    allowedMethods: behavior.AllowedMethods,
    originId: behavior.TargetOriginId,
    viewerRequest: functionFor(behavior, "viewer-request"),
    viewerResponse: functionFor(behavior, "viewer-response"),
    headersPolicy: policyFor(behavior.ResponseHeadersPolicyId, policies),
  });
  const origins = config.Origins.map(({ Id, DomainName, OriginPath, OriginCustomHeaders }) => {
    const headers = OriginCustomHeaders.map(({ HeaderName, HeaderValue }) => [HeaderName, HeaderValue] as const);
    const origin = { id: Id, path: OriginPath, domainName: DomainName, headers, target: targetOf(DomainName) };
    return [Id, origin] as const;
  });
  const pages = config.CustomErrorResponses.map(({ ErrorCode, ResponseCode, ResponsePagePath }) => {
    const page = { status: ResponseCode ?? ErrorCode, path: ResponsePagePath };
    return [ErrorCode, page] as const;
  });
  return {
    id,
    domainName: `${id.toLowerCase()}.cloudfront.net`,
    defaultRootObject: config.DefaultRootObject,
    defaultBehavior: behaviorOf(config.DefaultCacheBehavior),
    behaviors: config.CacheBehaviors.map((behavior) => [behavior.PathPattern, behaviorOf(behavior)] as const),
    origins: new Map(origins),
    errorPages: new Map(pages),
  };
}

/** The first behaviour whose pattern matches the path; `*` is any text, `?` one character, the first slash is optional. */
export function behaviorFor(settings: DistributionSettings, path: string): CacheBehavior {
  const matches = (pattern: string): boolean => globMatches(pattern.replace(/^\/?/, "/"), path);
  return settings.behaviors.find(([pattern]) => matches(pattern))?.[1] ?? settings.defaultBehavior;
}
