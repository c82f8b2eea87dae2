import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { createEngineKeeper, type EngineKeeper } from "@slipway/local-aws/containers/docker/engine-keeper";
import type { EngineCommand } from "@slipway/local-aws/containers/docker/engine-network";
import type { Sandbox } from "@slipway/local-aws/containers/docker/sandbox";
import type { ContainerEngine } from "@slipway/local-aws/containers/docker/settings";
import { openImages } from "@slipway/local-aws/containers/images/images";
import type { Processes } from "@slipway/local-aws/containers/processes/processes";
import type { AwsEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import type { HoldConnections } from "@slipway/local-aws/kernel/descriptors";
import type { LocalPart } from "@slipway/local-aws/kernel/part";
import { createAcm } from "@slipway/local-aws/services/acm/acm";
import { createApiGateway } from "@slipway/local-aws/services/apigateway/apigateway";
import type { FaultOf } from "@slipway/local-aws/services/apigateway/faults";
import { createAutoScaling } from "@slipway/local-aws/services/autoscaling/autoscaling";
import { createCloudFront } from "@slipway/local-aws/services/cloudfront/cloudfront";
import { createCloudWatch } from "@slipway/local-aws/services/cloudwatch/cloudwatch";
import { createCodeBuild } from "@slipway/local-aws/services/codebuild/codebuild";
import { createDynamoDb } from "@slipway/local-aws/services/dynamodb/index";
import { createEcr } from "@slipway/local-aws/services/ecr/ecr";
import { type ContainerAws, createContainerAws } from "@slipway/local-aws/services/ecs/container-aws";
import { createContainerTaskRunner } from "@slipway/local-aws/services/ecs/container-task-runner";
import { createEcs } from "@slipway/local-aws/services/ecs/ecs";
import { createHostTaskRunner } from "@slipway/local-aws/services/ecs/host-task-runner";
import type { TaskCredentials } from "@slipway/local-aws/services/ecs/task-credentials";
import type { TaskRunner } from "@slipway/local-aws/services/ecs/task-runner";
import { createElb, type Elb } from "@slipway/local-aws/services/elb/elb";
import { createEvents } from "@slipway/local-aws/services/events/events";
import { createEventSources } from "@slipway/local-aws/services/eventsources/eventsources";
import type { Iam } from "@slipway/local-aws/services/iam/iam";
import { createLambda } from "@slipway/local-aws/services/lambda/lambda";
import { createLogs } from "@slipway/local-aws/services/logs/logs";
import { createRoute53, type Route53 } from "@slipway/local-aws/services/route53/route53";
import { createFauxqs } from "@slipway/local-aws/services/s3-and-sqs/index";
import { createScheduler } from "@slipway/local-aws/services/scheduler/scheduler";
import { createSecretsManager } from "@slipway/local-aws/services/secretsmanager/secretsmanager";
import { createSes } from "@slipway/local-aws/services/ses/ses";
import { createSsm } from "@slipway/local-aws/services/ssm/ssm";
import { createSts } from "@slipway/local-aws/services/sts/sts";
import type { AppDomain } from "./app-domain.ts";
import { assetPath } from "./assets.ts";
import { createBucketReader } from "./bucket.ts";
import type { Opened } from "./context.ts";
import type { Options } from "./options.ts";
import { webhookSecretOf } from "./parameters.ts";
import { nobody, type PrivateFront } from "./private-front.ts";
import { rejectWritesWhenFull } from "./reject-writes.ts";
import type { Assembly } from "./synth.ts";

/** Schedules follow `--minute` down to this; below it the machine would be busy with nothing else. */
const shortestMinuteMs = 1000;

/** Lambda would throttle at once where this machine only needs a moment for its cold starts; API Gateway waits 29 s. */
const throttleAfterMs = 25_000;

export interface PartDeps {
  readonly context: Opened["context"];
  readonly iam: Iam;
  readonly credentials: TaskCredentials;
  readonly listenAt: AwsEndpoint["listenAt"];
  readonly processes: Processes;
  readonly engine: ContainerEngine;
  readonly sandbox: Sandbox | null;
  /** Where the programs of builds were bundled. */
  readonly toolPrograms: string;
  readonly assembly: Assembly;
  readonly options: Options;
  readonly env: NodeJS.ProcessEnv;
  readonly faultOf: FaultOf | undefined;
  readonly hold: HoldConnections;
  readonly domain: AppDomain | null;
  /** `null`: there is no engine. */
  readonly engineCommand: EngineCommand | null;
  /** `null`: no app is internal. */
  readonly privately: PrivateFront | null;
}

/** All parts, in the order in which they start; they close in the opposite one. */
export async function createParts(deps: PartDeps) {
  const { context, iam, processes, engine, sandbox, toolPrograms, assembly, options, env, faultOf, hold } = deps;
  const { domain, privately } = deps;
  const resolveCode = (_bucket: string, key: string) => assetPath(assembly, key);
  const storage = await createFauxqs(context);
  const tables = await createDynamoDb(context);
  // Where Node.js is configured to keep what it compiles, the bundles' code is kept, too: the next data directory need not begin anew.
  const { NODE_COMPILE_CACHE: compileCache } = env;
  const kept = compileCache === undefined ? {} : { compileCache };
  const lambda = createLambda(context, { resolveCode, times: { throttleAfterMs }, ...kept });
  const gateway = await createApiGateway(context, { invoker: lambda.invoker, faultOf });
  const events = createEvents(context, { invoke: lambda.background });
  const secrets = createSecretsManager(context);
  if (options.webhookSecret !== null) secrets.seed(webhookSecretOf(assembly), options.webhookSecret);
  const { secondMs, appPorts } = options;
  const minuteMs = Math.max(options.minuteMs, shortestMinuteMs);
  const cloudWatch = createCloudWatch(context, { minuteMs });
  const route53 = createRoute53(context, {
    zones: domain === null ? [] : [domain.zone],
    ...(privately === null ? {} : { onPrivateHosts: privately.hosts.set }),
  });
  const acm = await createAcm(context, {
    hasRecord: (name, value) => route53.resolve(name, "CNAME")?.values.includes(value) ?? false,
    isForeign: (name) => !route53.isOurs(name),
    // Asked when somebody deletes one, long after the load balancers are there.
    isUsed: (arn) => elb.usesCertificate(arn),
  });
  const elb: Elb = createElb(context, {
    secondMs,
    record: cloudWatch.record,
    hold,
    mayTake: (port) => port % appPorts.of === appPorts.nth % appPorts.of,
    certificates: acm.find,
    ...(domain === null ? {} : { published: domain.published }),
    ...(privately === null ? {} : { publishedInternally: privately.published }),
  });
  const logs = createLogs(context);
  const keeper = engineKeeper(deps);
  const builds = createCodeBuild(context, {
    ...(keeper === null ? {} : { tidyEngine: keeper.tidy }),
    processes,
    resolveCode,
    tools: join(context.dataDir, "tools"),
    toolPrograms,
    hostEnvironment: env,
    engine,
    sandbox,
  });
  const containers = containerAws(deps);
  const runner = taskRunner(deps, containers);
  const ecs = createEcs(context, {
    engine: runner,
    elb,
    logs,
    secondMs,
    minuteMs: options.minuteMs,
    inAlarm: cloudWatch.inAlarm,
    record: cloudWatch.watch,
    publish: cloudWatch.publish,
  });
  const buckets = createBucketReader({
    endpoint: context.awsEndpoint,
    region: context.region,
    credentials: iam.localCredentials(),
  });
  const cloudFront = createCloudFront(context, {
    rest: gateway.rest,
    webSocket: gateway.webSocket,
    readObject: buckets.readObject,
  });
  const parts: LocalPart[] = [
    // Closed last: by then nothing builds or runs.
    ...(keeper === null ? [] : [keeper]),
    ...(containers === null ? [] : [{ services: [], providers: [], close: containers.close }]),
    iam,
    storage,
    tables,
    createSsm(context),
    createSts(context, iam),
    createSes(context, { smtp: options.smtp, print: (line) => void process.stdout.write(`${line}\n`) }),
    secrets,
    createEcr(context, keeper === null ? {} : { onImageRemoved: keeper.removeImage, engineConfig: keeper.imageConfig }),
    logs,
    cloudWatch,
    route53,
    acm,
    elb,
    lambda,
    events,
    gateway,
    cloudFront,
    builds,
    ecs,
    createAutoScaling(context, { capacity: ecs.capacity, lastMinute: cloudWatch.lastMinute, minuteMs }),
    createScheduler(context, { invoke: lambda.background, minuteMs }),
    createEventSources(context, { invoke: lambda.background, onRecords: tables.onRecords }),
  ];
  context.deliver = events.put;
  const controlPlane = {
    handle: rejectWritesWhenFull(context.state.storage, context.randomHex, cloudFront.handle),
    upgrade: cloudFront.upgrade,
  };
  return {
    parts,
    handlers: {
      controlPlane,
      app: appHandlers(elb),
      named: namedHandlers(deps, elb, route53),
    },
    acm,
    buckets,
    route53,
    runner,
    rewrite: (value: string) => secrets.resolve(gateway.rewriteExecuteApi(value)),
    elb,
    tables,
    queues: storage,
  };
}

function engineKeeper({ context, processes, engineCommand, options }: PartDeps): EngineKeeper | null {
  if (engineCommand === null) return null;
  return createEngineKeeper(context, {
    processes,
    ...engineCommand,
    isTemporary: options.endAfterDemo,
    isFresh: options.fresh,
  });
}

function containerAws({ context, engine, engineCommand, credentials, iam, listenAt }: PartDeps): ContainerAws | null {
  if (engineCommand === null) return null;
  return createContainerAws(context, { engine, command: engineCommand, credentials, iam, listenAt });
}

/** What runs tasks: the container engine, or this machine in a sandbox. */
function taskRunner(deps: PartDeps, aws: ContainerAws | null): TaskRunner {
  const { context, credentials, processes, engineCommand, sandbox, env, privately } = deps;
  const { PATH: path = "", HOME: home } = env;
  const named = privately === null ? {} : { hosts: privately.hosts };
  if (engineCommand !== null && aws !== null) {
    const onStarted = privately === null ? {} : { onStarted: privately.listen };
    return createContainerTaskRunner(context, { processes, ...engineCommand, ...named, ...onStarted, aws });
  }
  if (sandbox === null) throw new Error("There is neither a container engine nor a sandbox.");
  const hidden = [context.dataDir, ...(home === undefined ? [] : [home])];
  return createHostTaskRunner(context, {
    processes,
    images: openImages(context.dataDir),
    credentials,
    sandbox,
    host: { path, hidden },
    ...named,
  });
}

/** Requests to names that are told by DNS: those of a domain lead to its load balancers, private ones nowhere. */
const namedHandlers = ({ domain }: PartDeps, elb: Elb, route53: Route53) => {
  const ofDomain = domain?.plain({ elb, resolve: route53.resolve });
  return (request: IncomingMessage) =>
    route53.isPrivate((request.headers.host ?? "").replace(/:\d+$/, "")) ? nobody : ofDomain?.(request);
};

/** `http://<app>.localhost` leads to the listener that carries the app's name, or nowhere, as the name of an app that is not there. */
function appHandlers(elb: ReturnType<typeof createElb>) {
  const portOf = (name: string): number | undefined =>
    elb.listeners().findLast((listener) => listener.tags["slipway:name"] === name)?.port;
  return {
    handle: (name: string, ...args: [Parameters<typeof elb.forward>[1], Parameters<typeof elb.forward>[2]]) => {
      const port = portOf(name);
      if (port === undefined) nobody.serve(...args);
      else elb.forward(port, ...args);
    },
    upgrade: (
      name: string,
      ...args: [Parameters<typeof elb.upgrade>[1], Parameters<typeof elb.upgrade>[2], Buffer]
    ) => {
      const port = portOf(name);
      if (port === undefined) nobody.upgrade(...args);
      else elb.upgrade(port, ...args);
    },
  };
}
