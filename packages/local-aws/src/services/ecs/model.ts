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
  // Nothing here is done with these; ECS shows them where they were not given, too.
  cpu: z.int().default(0),
  mountPoints: z.array(z.unknown()).default([]),
  volumesFrom: z.array(z.unknown()).default([]),
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
  status: z.enum(["ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"]),
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

const bakeMinutes = z.int().min(0).max(1440);
/** AWS accepts tenths as well; weights of rules are whole numbers here. */
const percent = z.int().max(100);

/** Pauses where it is asked for until `ContinueServiceDeployment` is called or its time is over. */
const pauseHook = z.looseObject({
  targetType: z.literal("PAUSE", "the local mode knows hooks that pause"),
  lifecycleStages: z.tuple(
    [z.literal("POST_TEST_TRAFFIC_SHIFT")],
    "the local mode pauses at POST_TEST_TRAFFIC_SHIFT only",
  ),
  timeoutConfiguration: z
    .object({
      timeoutInMinutes: z.int().min(1).default(1440),
      action: z.enum(["CONTINUE", "ROLLBACK"]).default("ROLLBACK"),
    })
    .default({ timeoutInMinutes: 1440, action: "ROLLBACK" }),
});

export const deploymentConfiguration = z.looseObject({
  strategy: z.enum(["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"]).default("ROLLING"),
  bakeTimeInMinutes: bakeMinutes.default(0),
  linearConfiguration: z
    .object({ stepPercent: percent.min(3).default(10), stepBakeTimeInMinutes: bakeMinutes.default(6) })
    .default({ stepPercent: 10, stepBakeTimeInMinutes: 6 }),
  canaryConfiguration: z
    .object({ canaryPercent: percent.min(1).default(5), canaryBakeTimeInMinutes: bakeMinutes.default(10) })
    .default({ canaryPercent: 5, canaryBakeTimeInMinutes: 10 }),
  lifecycleHooks: z.array(pauseHook).max(1).default([]),
  alarms: z
    .object({ alarmNames: z.array(z.string()), enable: z.boolean(), rollback: z.boolean() })
    .default({ alarmNames: [], enable: false, rollback: false }),
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
  /** What traffic is shifted with: a second target group, and the rules that lead to the one or the other. */
  advancedConfiguration: z
    .object({
      alternateTargetGroupArn: z.string(),
      productionListenerRule: z.string(),
      testListenerRule: z.string().optional(),
      roleArn: z.string(),
    })
    .optional(),
});
export type ServiceLoadBalancer = z.infer<typeof serviceLoadBalancer>;

/** What a service deployment deploys; a change of any of it starts one. */
export const revision = z.object({
  arn: z.string(),
  serviceArn: z.string(),
  clusterArn: z.string(),
  taskDefinition: z.string(),
  loadBalancers: z.array(serviceLoadBalancer),
  /** The target groups of its tasks: of each load balancer the one or the other. */
  targetGroupArns: z.array(z.string()).optional(),
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
  /** How far the traffic is shifted; `null`: the strategy shifts none, or has not begun. */
  shift: z
    .object({
      stage: z.enum([
        "PRE_SCALE_UP",
        "SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "BAKE_TIME",
        "CLEAN_UP",
      ]),
      /** Which of the strategy's steps, from 0. */
      step: z.number(),
      /** When its stage, its step or the weights changed last. */
      since: z.number(),
      hook: z
        .object({ id: z.string(), status: z.enum(["AWAITING_ACTION", "SUCCEEDED", "FAILED", "TIMED_OUT"]) })
        .nullable(),
    })
    .nullable()
    .default(null),
  /** An alarm was in the state `ALARM` when the deployment began. Then ECS watches none of them, so that a fix can be deployed. */
  ignoresAlarms: z.boolean().default(false),
  /** The alarms that ended it. */
  triggered: z.array(z.string()).default([]),
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

const FINISHED: readonly ServiceDeployment["status"][] = [
  "STOPPED",
  "SUCCESSFUL",
  "ROLLBACK_SUCCESSFUL",
  "ROLLBACK_FAILED",
];

export const isFinished = ({ status }: Pick<ServiceDeployment, "status">): boolean => FINISHED.includes(status);

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
  /** The port as the app knows it, where that is not the one of its container. */
  portInside: z.number().optional(),
  version: z.number(),
  tags,
  /** Of a task without a service: what it was asked for with, so that the same call is answered with it. */
  asked: z.object({ clientToken: z.string(), input: z.string() }).optional(),
});
export type Task = z.infer<typeof task>;

/** Where the tasks of a service revision are registered. */
export const targetGroupsOf = ({ targetGroupArns, loadBalancers }: Revision): readonly string[] =>
  targetGroupArns ?? loadBalancers.map(({ targetGroupArn }) => targetGroupArn);
