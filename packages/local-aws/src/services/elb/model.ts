import * as z from "zod";

const forward = z.object({
  Type: z.literal("forward"),
  TargetGroups: z.array(z.object({ TargetGroupArn: z.string(), Weight: z.number() })),
});
const fixedResponse = z.object({
  Type: z.literal("fixed-response"),
  StatusCode: z.number(),
  ContentType: z.string(),
  MessageBody: z.string(),
});
/** With `#{protocol}`, `#{port}`, `#{host}`, `#{path}` and `#{query}` of the request. */
const redirect = z.object({
  Type: z.literal("redirect"),
  Protocol: z.string(),
  Port: z.string(),
  Host: z.string(),
  Path: z.string(),
  Query: z.string(),
  StatusCode: z.enum(["HTTP_301", "HTTP_302"]),
});
export type Redirect = z.infer<typeof redirect>;
export const action = z.discriminatedUnion("Type", [forward, fixedResponse, redirect]);
export type Action = z.infer<typeof action>;

export const condition = z.object({
  Field: z.enum(["host-header", "path-pattern", "http-header"]),
  /** Of `http-header`: which one. */
  HttpHeaderName: z.string().optional(),
  Values: z.array(z.string()).min(1),
});
export type Condition = z.infer<typeof condition>;

export const loadBalancer = z.object({
  arn: z.string(),
  name: z.string(),
  scheme: z.string(),
  subnets: z.array(z.string()),
  securityGroups: z.array(z.string()),
  createdAt: z.number(),
  attributes: z.record(z.string(), z.string()),
});
export type LoadBalancer = z.infer<typeof loadBalancer>;

const healthCheck = z.object({
  HealthCheckPath: z.string(),
  HealthCheckProtocol: z.string(),
  HealthCheckPort: z.string(),
  HealthCheckIntervalSeconds: z.number(),
  HealthCheckTimeoutSeconds: z.number(),
  HealthyThresholdCount: z.number(),
  UnhealthyThresholdCount: z.number(),
  HttpCode: z.string(),
});
export type HealthCheck = z.infer<typeof healthCheck>;

export const targetGroup = z.object({
  arn: z.string(),
  name: z.string(),
  protocol: z.string(),
  port: z.number(),
  vpcId: z.string(),
  targetType: z.string(),
  healthCheck,
  attributes: z.record(z.string(), z.string()),
});
export type TargetGroup = z.infer<typeof targetGroup>;

export const listener = z.object({
  arn: z.string(),
  loadBalancerArn: z.string(),
  protocol: z.string(),
  port: z.number(),
  certificates: z.array(z.string()),
  /** Chosen by the name that a client asks for. */
  extraCertificates: z.array(z.string()).default([]),
  sslPolicy: z.string().nullable().default(null),
  actions: z.array(action),
  /** The rule that AWS shows for the default actions. */
  defaultRuleArn: z.string(),
});
export type Listener = z.infer<typeof listener>;

export const rule = z.object({
  arn: z.string(),
  listenerArn: z.string(),
  priority: z.number(),
  conditions: z.array(condition),
  actions: z.array(action),
});
export type Rule = z.infer<typeof rule>;

/** The target groups that actions name. */
export const targetGroupsOf = (actions: readonly Action[]): string[] =>
  actions.flatMap((one) => (one.Type === "forward" ? one.TargetGroups.map((group) => group.TargetGroupArn) : []));
