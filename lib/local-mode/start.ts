import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  chooseEngine,
  type EngineChoice,
  EngineUnusable,
  enginePath,
} from "@slipway/local-aws/containers/docker/engine-choice";
import { engineEnvironment } from "@slipway/local-aws/containers/docker/engine-environment";
import { createEngineKeeper, type EngineKeeper } from "@slipway/local-aws/containers/docker/engine-keeper";
import { type Sandbox, sandboxAvailable } from "@slipway/local-aws/containers/docker/sandbox";
import type { ContainerEngine } from "@slipway/local-aws/containers/docker/settings";
import { openImages } from "@slipway/local-aws/containers/images/images";
import { createProcesses, type Processes } from "@slipway/local-aws/containers/processes/processes";
import { startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import { openRecording, type Recording } from "@slipway/local-aws/endpoint/recording";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import { asRefusal, takeDataDirectory } from "@slipway/local-aws/kernel/data-directory";
import { boundConnections, type HoldConnections } from "@slipway/local-aws/kernel/descriptors";
import { collectGarbageWhenIdle } from "@slipway/local-aws/kernel/garbage";
import { openLogFiles } from "@slipway/local-aws/kernel/log-files";
import type { AwsEvent, LocalContext, LocalPart } from "@slipway/local-aws/kernel/part";
import { StartRefused } from "@slipway/local-aws/kernel/refusal";
import { openState } from "@slipway/local-aws/kernel/state";
import { guardAgainstFaults, watchStorage } from "@slipway/local-aws/kernel/storage";
import { createApiGateway } from "@slipway/local-aws/services/apigateway/apigateway";
import type { FaultOf } from "@slipway/local-aws/services/apigateway/faults";
import { createCloudFront } from "@slipway/local-aws/services/cloudfront/cloudfront";
import { createCloudWatch } from "@slipway/local-aws/services/cloudwatch/cloudwatch";
import { createCodeBuild } from "@slipway/local-aws/services/codebuild/codebuild";
import { createDynamoDb } from "@slipway/local-aws/services/dynamodb/index";
import { createEcr } from "@slipway/local-aws/services/ecr/ecr";
import { createContainerTaskRunner } from "@slipway/local-aws/services/ecs/container-task-runner";
import { createEcs } from "@slipway/local-aws/services/ecs/ecs";
import { createHostTaskRunner } from "@slipway/local-aws/services/ecs/host-task-runner";
import type { TaskRunner } from "@slipway/local-aws/services/ecs/task-runner";
import { createElb, type Elb } from "@slipway/local-aws/services/elb/elb";
import { createEvents } from "@slipway/local-aws/services/events/events";
import { createEventSources } from "@slipway/local-aws/services/eventsources/eventsources";
import { createIam, type Iam } from "@slipway/local-aws/services/iam/iam";
import { createLambda } from "@slipway/local-aws/services/lambda/lambda";
import { createLogs } from "@slipway/local-aws/services/logs/logs";
import { createFauxqs } from "@slipway/local-aws/services/s3-and-sqs/index";
import { createScheduler } from "@slipway/local-aws/services/scheduler/scheduler";
import { createSecretsManager } from "@slipway/local-aws/services/secretsmanager/secretsmanager";
import { createSes } from "@slipway/local-aws/services/ses/ses";
import { createSsm } from "@slipway/local-aws/services/ssm/ssm";
import { createSts } from "@slipway/local-aws/services/sts/sts";
import { IGNORED_TYPES, placeholderProviders } from "@slipway/local-aws/template/placeholders";
import { type Provision, provision } from "@slipway/local-aws/template/provision";
import { parseTemplate } from "@slipway/local-aws/template/template";
import * as z from "zod";
import { assetPath } from "./assets.ts";
import { createBucketReader } from "./bucket.ts";
import type { Options } from "./options.ts";
import { listenPublicly, type PublicFront } from "./public-front.ts";
import { rejectWritesWhenFull } from "./reject-writes.ts";
import { type Assembly, synthesized } from "./synth.ts";

const account = "000000000000";
const region = "us-east-1";
/** Schedules follow `--minute` down to this; below it the machine would be busy with nothing else. */
const shortestMinuteMs = 1000;
const root = resolve(import.meta.dirname, "../..");

/** Lambda would throttle at once where this machine only needs a moment for its cold starts; API Gateway waits 29 s. */
const throttleAfterMs = 25_000;

/** A running local mode. */
export interface Local {
  /** Where people reach the control plane: `http://localhost:8080`. */
  readonly url: string;
  readonly engine: ContainerEngine;
  /** Why this engine, as a sentence. */
  readonly whyEngine: string;
  readonly provision: Provision;
  readonly awsEndpoint: string;
  /** Where each app's own listener is, by the app's number. It moves when another program has its port at the start. */
  readonly appAddresses: ReadonlyMap<number, string>;
  /** Credentials of the local mode itself, which may do everything. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region: string;
  close(): Promise<void>;
}

interface StartContext {
  readonly env: NodeJS.ProcessEnv;
  readonly faultOf: FaultOf | undefined;
}

/** Things to be undone in the opposite order. */
type Undo = (() => Promise<void> | void)[];

/**
 * Brings up everything that the synthesized template describes, in this process. Throws `StartRefused` for a busy port or a
 * data directory that another process holds; whatever was begun by then is undone. `faultOf` makes API Gateway fail.
 */
export async function startLocal(options: Options, env: NodeJS.ProcessEnv, faultOf?: FaultOf): Promise<Local> {
  const undo: Undo = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await bringUp(options, { env: withAbsoluteCache(env), faultOf }, undo, close);
  } catch (error) {
    await close();
    throw asRefusal(resolve(options.data), error);
  }
}

/** Builds start programs elsewhere, where a relative path would be another place. */
function withAbsoluteCache(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_COMPILE_CACHE: path, ...others } = env;
  return path === undefined || path === "" ? others : { ...others, NODE_COMPILE_CACHE: resolve(path) };
}

async function bringUp(
  options: Options,
  { env, faultOf }: StartContext,
  undo: Undo,
  close: Local["close"],
): Promise<Local> {
  const dataDir = resolve(options.data);
  undo.push(takeDataDirectory(dataDir, options.fresh));
  const hold = boundConnections();
  const front = await takePort(options, hold);
  undo.push(() => front.close());
  const processes = createProcesses(systemClock);
  undo.push(() => processes.close());
  const [assembly, { engine, why: whyEngine }] = await Promise.all([
    synthesized(root, join(root, "cdk.out"), {
      processes,
      env: definedOnly(env),
      ...(options.name === null ? {} : { context: { name: options.name } }),
    }),
    takeEngine(options, dataDir, env),
  ]);
  const sandbox = await takeSandbox(engine);
  const { context, iam, register } = await openContext(dataDir, front, options, undo);
  const account = { context, iam, processes, engine, sandbox, assembly, options, env, faultOf, hold };
  const { parts, handlers, rewrite, elb, tables, queues } = await createParts(account);
  for (const part of parts) undo.push(() => part.close());
  for (const service of parts.flatMap((part) => part.services)) register(service);
  const made = await provision({
    template: assembly.template,
    parameters: parametersOf(options, context.publicUrl),
    providers: [...parts.flatMap((part) => part.providers), ...placeholderProviders(context)],
    ignoredTypes: IGNORED_TYPES,
    pseudo: { account: context.account, region: context.region, stackName: assembly.stackName },
    rewrite,
  });
  reportLosses([context.state.loss, tables.loss, queues.loss], context.log);
  for (const part of parts) await part.start?.();
  front.open(handlers);
  return {
    url: context.publicUrl,
    engine,
    whyEngine,
    provision: made,
    awsEndpoint: context.awsEndpoint,
    appAddresses: addressesOf(elb),
    credentials: iam.localCredentials(),
    region,
    close,
  };
}

/** The engine for this data directory, which is written down there: its images are in no other. */
async function takeEngine(options: Options, dataDir: string, env: NodeJS.ProcessEnv): Promise<EngineChoice> {
  const file = join(dataDir, "engine");
  const used = existsSync(file) ? engineName.safeParse(readFileSync(file, "utf8").trim()).data : undefined;
  try {
    const chosen = await chooseEngine(options.engine, used, engineEnvironment(env));
    writeFileSync(file, `${chosen.engine}\n`, { mode: 0o600 });
    return chosen;
  } catch (error) {
    if (error instanceof EngineUnusable) throw new StartRefused(error.message, { cause: error });
    throw error;
  }
}

const engineName = z.enum(["docker", "podman", "host"]);

/** What builds and tasks run in without a container engine. They are untrusted: without a sandbox the start is refused. */
async function takeSandbox(engine: ContainerEngine): Promise<Sandbox | null> {
  if (engine !== "host") return null;
  const sandbox = await sandboxAvailable();
  if (sandbox !== null) return sandbox;
  throw new StartRefused(
    "This machine has no sandbox for builds and apps (it needs Linux with user namespaces): install and start docker or podman, then start again.",
  );
}

async function takePort({ port, host }: Options, hold: HoldConnections): Promise<PublicFront> {
  try {
    return await listenPublicly(port, host, hold);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw cause;
    throw new StartRefused(
      `Port ${port} is ${code === "EACCES" ? "not allowed" : "busy"}: stop what uses it, or name another with --port.`,
      { cause },
    );
  }
}

interface Opened {
  readonly context: LocalContext & { deliver: ((event: AwsEvent) => void) | null };
  readonly iam: Iam;
  readonly register: Awaited<ReturnType<typeof startEndpoint>>["register"];
}

function record(path: string): Recording {
  try {
    return openRecording(path, () => new Date());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartRefused(`The recording cannot be written: ${why}. Name another file with --record.`, { cause });
  }
}

async function openContext(dataDir: string, front: PublicFront, options: Options, undo: Undo): Promise<Opened> {
  const randomHex = (n: number): string =>
    randomBytes(Math.ceil(n / 2))
      .toString("hex")
      .slice(0, n);
  const print = (line: string): void => void process.stderr.write(`${line}\n`);
  const storage = watchStorage({ dataDir, clock: systemClock, print });
  undo.push(() => storage.close(), guardAgainstFaults(storage, print));
  undo.push(collectGarbageWhenIdle(systemClock));
  const logs = openLogFiles(join(dataDir, "logs"), systemClock, storage);
  undo.push(() => logs.close());
  const state = openState(dataDir, storage);
  undo.push(() => state.close());
  const iam = createIam({ account, region, dataDir, randomHex, clock: systemClock });
  const recording = options.record === null ? null : record(options.record);
  undo.push(() => recording?.close());
  const endpoint = await startEndpoint({
    identify: iam.identify,
    secretOf: iam.secretOf,
    sessionTokenOf: iam.sessionTokenOf,
    authorize: iam.authorize,
    log: logs.write,
    storage,
    record: recording?.record,
    randomHex,
  });
  undo.push(() => endpoint.close());
  const shownHost = ["127.0.0.1", "::1", "0.0.0.0"].includes(options.host) ? "localhost" : options.host;
  const context: Opened["context"] = {
    account,
    region,
    dataDir,
    clock: systemClock,
    randomHex,
    state,
    log: logs.write,
    awsEndpoint: endpoint.url,
    publicUrl: `http://${shownHost}:${front.port}`,
    credentialsFor: iam.credentialsFor,
    credentialsOf: iam.credentialsOf,
    serviceCredentials: iam.serviceCredentials,
    deliver: null,
    emit(event) {
      if (context.deliver === null) throw new Error("An event came before there was a bus.");
      context.deliver(event);
    },
  };
  return { context, iam, register: endpoint.register };
}

interface PartDeps {
  readonly context: Opened["context"];
  readonly iam: Iam;
  readonly processes: Processes;
  readonly engine: ContainerEngine;
  readonly sandbox: Sandbox | null;
  readonly assembly: Assembly;
  readonly options: Options;
  readonly env: NodeJS.ProcessEnv;
  readonly faultOf: FaultOf | undefined;
  readonly hold: HoldConnections;
}

/** All parts, in the order in which they start; they close in the opposite one. */
async function createParts(deps: PartDeps) {
  const { context, iam, processes, engine, sandbox, assembly, options, env, faultOf, hold } = deps;
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
  const { secondMs } = options;
  const minuteMs = Math.max(options.minuteMs, shortestMinuteMs);
  const cloudWatch = createCloudWatch(context, { minuteMs });
  const elb = createElb(context, { secondMs, record: cloudWatch.record, hold });
  const logs = createLogs(context);
  const keeper = engineKeeper(deps);
  const builds = createCodeBuild(context, {
    ...(keeper === null ? {} : { tidyEngine: keeper.tidy }),
    processes,
    resolveCode,
    tools: join(context.dataDir, "tools"),
    hostEnvironment: env,
    engine,
    sandbox,
  });
  const ecs = createEcs(context, {
    engine: taskRunner(deps),
    elb,
    logs,
    secondMs,
    minuteMs: options.minuteMs,
    inAlarm: cloudWatch.inAlarm,
  });
  const buckets = createBucketReader({ endpoint: context.awsEndpoint, region, credentials: iam.localCredentials() });
  const cloudFront = createCloudFront(context, {
    rest: gateway.rest,
    webSocket: gateway.webSocket,
    readObject: buckets.readObject,
  });
  const parts: LocalPart[] = [
    // Closed last: by then nothing builds or runs.
    ...(keeper === null ? [] : [keeper]),
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
    elb,
    lambda,
    events,
    gateway,
    cloudFront,
    builds,
    ecs,
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
    handlers: { controlPlane, app: appHandlers(elb) },
    rewrite: (value: string) => secrets.resolve(gateway.rewriteExecuteApi(value)),
    elb,
    tables,
    queues: storage,
  };
}

/** Only the person who starts it can act on a loss. */
function reportLosses(losses: readonly (string | null)[], log: LocalContext["log"]): void {
  for (const loss of losses) {
    if (loss === null) continue;
    process.stderr.write(
      `${loss} Slipway continues with the remaining data; --fresh deletes the data directory and starts over.\n`,
    );
    log("storage", { level: "ERROR", message: loss });
  }
}

function engineKeeper({ context, processes, engine, options, env }: PartDeps): EngineKeeper | null {
  if (engine === "host") return null;
  const command = enginePath(engine, env.PATH ?? "");
  return createEngineKeeper(context, {
    processes,
    command,
    env: engineEnvironment(env),
    isTemporary: options.endAfterDemo,
  });
}

/** What runs tasks: the container engine, or this machine in a sandbox. */
function taskRunner({ context, processes, engine, sandbox, env }: PartDeps): TaskRunner {
  const { PATH: path = "", HOME: home } = env;
  if (sandbox === null) {
    return createContainerTaskRunner(context, {
      processes,
      command: enginePath(engine, path),
      env: engineEnvironment(env),
    });
  }
  const hidden = [context.dataDir, ...(home === undefined ? [] : [home])];
  return createHostTaskRunner(context, {
    processes,
    images: openImages(context.dataDir),
    sandbox,
    host: { path, hidden },
  });
}

function addressesOf(elb: Elb): ReadonlyMap<number, string> {
  const owned = elb
    .listeners()
    .map(({ port, tags }) => [Number(tags["slipway:app"]), `http://127.0.0.1:${port}`] as const);
  return new Map(owned.filter(([id]) => Number.isInteger(id)));
}

/** `http://<app>.localhost` leads to the listener that carries the app's name. */
function appHandlers(elb: ReturnType<typeof createElb>) {
  const portOf = (name: string): number =>
    elb.listeners().findLast((listener) => listener.tags["slipway:name"] === name)?.port ?? 0;
  return {
    handle: (name: string, ...args: [Parameters<typeof elb.forward>[1], Parameters<typeof elb.forward>[2]]) =>
      elb.forward(portOf(name), ...args),
    upgrade: (name: string, ...args: [Parameters<typeof elb.upgrade>[1], Parameters<typeof elb.upgrade>[2], Buffer]) =>
      elb.upgrade(portOf(name), ...args),
  };
}

/** The logical id of what GitHub signs its webhooks with: an output of the template names it. */
function webhookSecretOf({ template }: Assembly): string {
  const named = z.object({ Ref: z.string() }).safeParse(parseTemplate(template).Outputs.WebhookSecretArn?.Value);
  if (!named.success) throw new Error("The template's output WebhookSecretArn names no secret.");
  return named.data.Ref;
}

/** Template parameters whose values differ from the defaults in local mode. */
function parametersOf(options: Options, publicUrl: string): Record<string, string> {
  return {
    AuthMode: options.auth,
    AllowedOrigins: options.allowedOrigins.join(","),
    LocalRepositories: "allowed",
    LocalEndpoints: "allowed",
    MailFrom: "slipway@localhost",
    AppUrl: publicUrl.replace("://localhost", "://{name}.localhost"),
    PublicUrl: publicUrl,
    GitHubUrl: options.gitHubUrl,
    GitHubApiUrl: options.gitHubApiUrl,
  };
}

const definedOnly = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
