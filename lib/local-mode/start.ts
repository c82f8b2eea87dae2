import { join, resolve } from "node:path";
import { enginePath } from "@slipway/local-aws/containers/docker/engine-choice";
import { engineEnvironment } from "@slipway/local-aws/containers/docker/engine-environment";
import type { ContainerEngine } from "@slipway/local-aws/containers/docker/settings";
import { createProcesses } from "@slipway/local-aws/containers/processes/processes";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import { asRefusal, takeDataDirectory } from "@slipway/local-aws/kernel/data-directory";
import { boundConnections, type HoldConnections } from "@slipway/local-aws/kernel/descriptors";
import type { LocalContext } from "@slipway/local-aws/kernel/part";
import { StartRefused } from "@slipway/local-aws/kernel/refusal";
import type { FaultOf } from "@slipway/local-aws/services/apigateway/faults";
import type { Elb } from "@slipway/local-aws/services/elb/elb";
import type { Iam } from "@slipway/local-aws/services/iam/iam";
import { IGNORED_TYPES, placeholderProviders } from "@slipway/local-aws/template/placeholders";
import { type Provision, provision } from "@slipway/local-aws/template/provision";
import { internalApps } from "../adapters/dynamodb/installed-apps.ts";
import { builtTools } from "../checkout/tools.ts";
import { appDomain } from "./app-domain.ts";
import type { BucketReader } from "./bucket.ts";
import { openContext, type Undo } from "./context.ts";
import { takeEngine, takeSandbox } from "./engine.ts";
import type { Options } from "./options.ts";
import { contextOf, parametersOf } from "./parameters.ts";
import { createParts } from "./parts.ts";
import { privateFront } from "./private-front.ts";
import { listenPublicly, type PublicFront } from "./public-front.ts";
import { makeRoles } from "./roles.ts";
import { synthesized } from "./synth.ts";

const root = resolve(import.meta.dirname, "../..");

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
  /** Where apps with a domain are: `https://{name}.apps.localhost:8443`, and what to trust; `null`: there is no domain. */
  readonly appsOverTls: { readonly url: string; readonly authorityFile: string } | null;
  /** Credentials of the local mode itself, which may do everything. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region: string;
  readonly serveFiles: BucketReader["serveFiles"];
  close(): Promise<void>;
}

interface StartContext {
  readonly env: NodeJS.ProcessEnv;
  readonly faultOf: FaultOf | undefined;
}

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
  const [assembly, { engine, why: whyEngine }, toolPrograms] = await Promise.all([
    synthesized(root, join(root, "cdk.out"), {
      processes,
      env: definedOnly(env),
      ...contextOf(options),
    }),
    takeEngine(options, dataDir, env),
    builtTools(root),
  ]);
  const sandbox = await takeSandbox(engine);
  const { context, iam, credentials, endpoint } = await openContext(dataDir, front, options, undo);
  const domain = await appDomain(options, front.port, hold);
  undo.push(async () => domain?.close());
  const engineCommand =
    engine === "host" ? null : { command: enginePath(engine, env.PATH ?? ""), env: engineEnvironment(env) };
  const privately = await privateFront(options, { engine, engineCommand, context, hold });
  undo.push(async () => privately?.close());
  const deps = {
    context,
    iam,
    credentials,
    listenAt: endpoint.listenAt,
    processes,
    engine,
    sandbox,
    toolPrograms,
    assembly,
    options,
    env,
    faultOf,
    hold,
    domain,
    engineCommand,
    privately,
  };
  const { parts, handlers, rewrite, elb, tables, queues, acm, buckets, route53, runner } = await createParts(deps);
  for (const part of parts) undo.push(() => part.close());
  for (const service of parts.flatMap((part) => part.services)) endpoint.register(service);
  const pseudo = { account: context.account, region: context.region, stackName: assembly.stackName };
  if (options.roles !== null) await makeRoles(resolve(options.roles), iam.providers, pseudo);
  const made = await provision({
    template: assembly.template,
    parameters: {
      ...parametersOf(options, context.publicUrl),
      ...(domain === null ? {} : domain.parameters(await acm.authority())),
      ...privately?.parameters,
    },
    providers: [...parts.flatMap((part) => part.providers), ...placeholderProviders(context)],
    ignoredTypes: IGNORED_TYPES,
    pseudo,
    rewrite,
  });
  if (!options.privateNames) await refuseInternalApps(context, iam, made);
  reportLosses([context.state.loss, tables.loss, queues.loss], context.log);
  for (const part of parts) await part.start?.();
  front.open(handlers);
  domain?.open({ elb, resolve: route53.resolve });
  privately?.open({ elb, resolve: route53.resolvePrivately, isFromTask: runner.isFromTask });
  return {
    url: context.publicUrl,
    engine,
    whyEngine,
    provision: made,
    awsEndpoint: context.awsEndpoint,
    appAddresses: addressesOf(elb),
    appsOverTls: domain === null ? null : { url: domain.url, authorityFile: (await acm.authority()).file },
    credentials: iam.localCredentials(),
    region: context.region,
    serveFiles: buckets.serveFiles,
    close,
  };
}

/** Without private names internal apps would be reached by nobody, and the next release of each would be refused. */
async function refuseInternalApps({ awsEndpoint: endpoint, region }: LocalContext, iam: Iam, { outputs }: Provision) {
  const apps = await internalApps(outputs.AppsTable ?? "", { endpoint, region, credentials: iam.localCredentials() });
  if (apps.length > 0)
    throw new StartRefused(
      `There are internal apps: ${apps.join(", ")}. Start with --private-names, delete them there first, or start over with --fresh.`,
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

function addressesOf(elb: Elb): ReadonlyMap<number, string> {
  const owned = elb
    .listeners()
    .map(({ port, tags }) => [Number(tags["slipway:app"]), `http://127.0.0.1:${port}`] as const);
  return new Map(owned.filter(([id]) => Number.isInteger(id)));
}

const definedOnly = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
