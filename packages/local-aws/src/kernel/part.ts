import type { Clock } from "./clock.ts";
import type { AwsService, Caller } from "./service.ts";
import type { State } from "./state.ts";

/** An event as EventBridge's default bus carries it; the bus adds `id`, `time`, `account`, `region`. */
export interface AwsEvent {
  readonly source: string;
  readonly "detail-type": string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** Credentials that name their holder to the endpoint. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What every part is given. */
export interface LocalContext {
  readonly account: string;
  readonly region: string;
  /** The data directory; a part keeps its files in a folder of its own there. */
  readonly dataDir: string;
  readonly clock: Clock;
  /** `n` random lower-case hex characters. */
  readonly randomHex: (n: number) => string;
  readonly state: State;
  /** One JSON object a line into `<data>/logs/<stream>.jsonl`. */
  readonly log: (stream: string, entry: Readonly<Record<string, unknown>>) => void;
  /** The base address of the AWS endpoint, `http://127.0.0.1:<port>`, known before any part is made. */
  readonly awsEndpoint: string;
  /** The base address people use, `http://localhost:8080`, known before any part is made. */
  readonly publicUrl: string;
  /** Credentials whose calls are judged by the policies of that role. `name` is shown in refusals and reports. */
  readonly credentialsFor: (roleArn: string, name: string) => Credentials;
  /** Credentials by which somebody else acts as that very caller, for as long as the caller itself may: those of a registry's login. */
  readonly credentialsOf: (caller: Caller) => Credentials;
  /** Credentials of an AWS service principal, judged by resource policies only. */
  readonly serviceCredentials: (servicePrincipal: string) => Credentials;
  /** Puts an AWS service's event on the default bus. */
  readonly emit: (event: AwsEvent) => void;
}

/** A resource of the template with all intrinsics evaluated. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  /** A stable physical name for resources without one of their own: the same at each start. */
  readonly physicalName: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Makes resources of one CloudFormation type exist. Called at each start, in dependency order: create or bring up to date, never duplicate. */
export interface ResourceProvider {
  readonly type: string;
  ensure(resource: Resource): Promise<ProvidedResource> | ProvidedResource;
}

export interface ProvidedResource {
  /** What `Ref` yields. */
  readonly ref: string;
  /** What `Fn::GetAtt` yields, by attribute name (`Arn`, `Endpoint.Address`). */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A part of the local mode. */
export interface LocalPart {
  readonly services: readonly AwsService[];
  readonly providers: readonly ResourceProvider[];
  /** Called once, after all resources exist: pollers, timers and child processes begin here. */
  start?(): Promise<void>;
  /** Stops everything it started; no process, timer or socket outlives it. */
  close(): Promise<void>;
}

/** How an invocation of a function ended. */
export type InvocationResult =
  | { readonly ok: true; readonly payload: unknown }
  /** `Unhandled` as Lambda says it: thrown, timed out, out of memory, exited. */
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string };

/** Runs the template's functions. */
export interface FunctionInvoker {
  /** `nameOrArn` as the template refers to it. Waits for a free concurrent execution no longer than Lambda would (throttles). */
  invoke(nameOrArn: string, payload: unknown): Promise<InvocationResult>;
  /** For `RESPONSE_STREAM` integrations: `onHead` once, `onChunk` as the function writes. */
  invokeStreaming(
    nameOrArn: string,
    payload: unknown,
    onHead: (head: { statusCode: number; headers: Record<string, string> }) => void,
    onChunk: (chunk: Buffer) => void,
  ): Promise<InvocationResult>;
  /** The role of a function, so that a poller can call as it. */
  roleOf(nameOrArn: string): string;
}
