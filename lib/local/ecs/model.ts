import * as z from "zod";

const tags = z.array(z.object({ key: z.string(), value: z.string().default("") }));
const pair = z.object({ name: z.string(), value: z.string() });

/** What the local mode reads of a container; the rest is kept as it came. */
export const container = z.looseObject({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
  image: z.string().min(1),
  essential: z.boolean().default(true),
  command: z.array(z.string()).optional(),
  entryPoint: z.array(z.string()).optional(),
  workingDirectory: z.string().optional(),
  environment: z.array(pair).default([]),
  secrets: z.array(z.object({ name: z.string(), valueFrom: z.string() })).default([]),
  portMappings: z.array(z.looseObject({ containerPort: z.int() })).default([]),
  stopTimeout: z.int().min(0).max(120).optional(),
  logConfiguration: z
    .looseObject({ logDriver: z.string(), options: z.record(z.string(), z.string()).default({}) })
    .optional(),
});
export type Container = z.infer<typeof container>;

export const taskDefinition = z.object({
  arn: z.string(),
  family: z.string(),
  revision: z.number(),
  status: z.enum(["ACTIVE", "INACTIVE"]),
  executionRoleArn: z.string().optional(),
  taskRoleArn: z.string().optional(),
  container,
  /** What `DescribeTaskDefinition` shows beside these, as it was registered. */
  registered: z.record(z.string(), z.unknown()),
  registeredAt: z.number(),
  registeredBy: z.string(),
  deregisteredAt: z.number().optional(),
  tags,
});
export type TaskDefinition = z.infer<typeof taskDefinition>;

export const deploymentConfiguration = z.looseObject({
  strategy: z.literal("ROLLING").default("ROLLING"),
  minimumHealthyPercent: z.int().min(0).max(100).default(100),
  maximumPercent: z.int().min(100).max(200).default(200),
  deploymentCircuitBreaker: z
    .looseObject({ enable: z.boolean(), rollback: z.boolean() })
    .default({ enable: false, rollback: false }),
});

export const serviceLoadBalancer = z.looseObject({
  targetGroupArn: z.string(),
  containerName: z.string(),
  containerPort: z.int(),
});

/** What a service deployment deploys; a change of any of it starts one. */
export const revision = z.object({
  arn: z.string(),
  serviceArn: z.string(),
  clusterArn: z.string(),
  taskDefinition: z.string(),
  loadBalancers: z.array(serviceLoadBalancer),
  networkConfiguration: z.unknown().optional(),
  launchType: z.string(),
  createdAt: z.number(),
});
export type Revision = z.infer<typeof revision>;

export const service = z.object({
  arn: z.string(),
  name: z.string(),
  cluster: z.string(),
  status: z.enum(["ACTIVE", "DRAINING", "INACTIVE"]),
  taskDefinition: z.string(),
  desiredCount: z.number(),
  deploymentConfiguration,
  healthCheckGracePeriodSeconds: z.number(),
  loadBalancers: z.array(serviceLoadBalancer),
  networkConfiguration: z.unknown().optional(),
  launchType: z.string(),
  propagateTags: z.string(),
  clientToken: z.string().optional(),
  createdAt: z.number(),
  createdBy: z.string(),
  tags,
  /** The unfinished service deployment. */
  deployment: z.string().nullable(),
  /** The service revision that was last deployed with success. */
  steady: z.string().nullable(),
  /** A deployment was given up and nothing put in its place: no task is started until the next one. */
  halted: z.boolean(),
  /** Newest first. */
  events: z.array(z.object({ id: z.string(), createdAt: z.number(), message: z.string() })),
});
export type Service = z.infer<typeof service>;

export const serviceDeployment = z.object({
  arn: z.string(),
  serviceArn: z.string(),
  clusterArn: z.string(),
  /** `ecs-svc/…`, by which events and tasks name it; a rollback has one of its own. */
  startedBy: z.string(),
  status: z.enum([
    "PENDING",
    "IN_PROGRESS",
    "STOP_REQUESTED",
    "STOPPED",
    "SUCCESSFUL",
    "ROLLBACK_REQUESTED",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_SUCCESSFUL",
    "ROLLBACK_FAILED",
  ]),
  statusReason: z.string().optional(),
  sources: z.array(z.string()),
  target: z.string(),
  deploymentConfiguration,
  failures: z.number(),
  /** As it was when the circuit breaker tripped or the deployment ended. */
  tripped: z.boolean(),
  rollback: z
    .object({
      reason: z.string(),
      startedAt: z.number(),
      serviceRevisionArn: z.string(),
      failures: z.number(),
      startedBy: z.string(),
    })
    .nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
  startedAt: z.number().optional(),
  stoppedAt: z.number().optional(),
  finishedAt: z.number().optional(),
});
export type ServiceDeployment = z.infer<typeof serviceDeployment>;

export const task = z.object({
  arn: z.string(),
  id: z.string(),
  cluster: z.string(),
  serviceArn: z.string(),
  serviceName: z.string(),
  revision: z.string(),
  taskDefinition: z.string(),
  startedBy: z.string(),
  containerName: z.string(),
  image: z.string(),
  lastStatus: z.enum(["PROVISIONING", "RUNNING", "DEACTIVATING", "STOPPING", "STOPPED"]),
  desiredStatus: z.enum(["RUNNING", "STOPPED"]),
  createdAt: z.number(),
  startedAt: z.number().optional(),
  stoppingAt: z.number().optional(),
  stoppedAt: z.number().optional(),
  stopCode: z.string().optional(),
  stoppedReason: z.string().optional(),
  exitCode: z.number().optional(),
  containerReason: z.string().optional(),
  /** The port on 127.0.0.1 where it is reached. */
  port: z.number().optional(),
  version: z.number(),
  tags,
});
export type Task = z.infer<typeof task>;
