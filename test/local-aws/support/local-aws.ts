import { randomBytes } from "node:crypto";
import { type EndpointOptions, startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import { type Clock, systemClock } from "@slipway/local-aws/kernel/clock";
import type { AwsEvent, LocalContext, LocalPart, ProvidedResource } from "@slipway/local-aws/kernel/part";
import type { AwsService, Caller, Permission } from "@slipway/local-aws/kernel/service";
import { openState } from "@slipway/local-aws/kernel/state";
import type { Storage } from "@slipway/local-aws/kernel/storage";
import { temporaryDirectory } from "./files.ts";

export interface LocalAwsOptions {
  /** Created in this order and closed in the opposite one. Use `add` for a service that the test itself calls. */
  readonly services?: readonly ((context: LocalContext) => LocalPart | Promise<LocalPart>)[];
  /** Default: a new directory, which `close` removes. */
  readonly dataDir?: string;
  readonly clock?: Clock;
  readonly storage?: Storage;
  readonly record?: EndpointOptions["record"];
  readonly account?: string;
  readonly region?: string;
}

export interface LocalAws {
  readonly context: LocalContext;
  readonly dataDir: string;
  readonly logged: { readonly stream: string; readonly entry: Readonly<Record<string, unknown>> }[];
  /** The events that services put on the default bus. */
  readonly emitted: AwsEvent[];
  /** Every permission that IAM was asked for, as `<caller> <action> <resource>`. */
  readonly asked: string[];
  /** Whose credentials have that access key. */
  callerOf(accessKeyId: string): Caller | undefined;
  /** Denies what `isDenied` says from now on; everything else stays allowed. */
  deny(isDenied: (permission: Permission, caller: Caller) => boolean): void;
  /** Registers the services of a part; `start` starts it and `close` closes it. */
  add<Part extends LocalPart>(part: Part): Part;
  register(...services: readonly AwsService[]): void;
  /** Makes a resource, as a template with it does. */
  ensure(type: string, logicalId: string, properties?: Readonly<Record<string, unknown>>): Promise<ProvidedResource>;
  /** Starts the parts, as happens after all resources exist. */
  start(): Promise<void>;
  /** The configuration of an SDK client whose calls are those of the role `name`. */
  client(name?: string): SdkConfiguration;
  close(): Promise<void>;
}

interface SdkConfiguration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const randomHex = (n: number): string => randomBytes(n).toString("hex").slice(0, n);

/** A resource of a template, as a provider receives it. */
export const resource = (type: string, logicalId: string, properties: Readonly<Record<string, unknown>>) => ({
  logicalId,
  type,
  physicalName: `slipway-${logicalId}`,
  properties,
});

/** IAM that knows the credentials it issued, and allows everything that a test does not deny. */
function openAccess() {
  const callers = new Map<string, Caller>();
  const asked: string[] = [];
  let isDenied: (permission: Permission, caller: Caller) => boolean = () => false;
  return {
    asked,
    deny: (denied: typeof isDenied) => {
      isDenied = denied;
    },
    issue: (caller: Caller) => {
      const accessKeyId = `ASIA${randomHex(16).toUpperCase()}`;
      callers.set(accessKeyId, caller);
      return { accessKeyId, secretAccessKey: "secret" };
    },
    identify: (key: string) => callers.get(key),
    authorize: (permissions: readonly Permission[], caller: Caller) => {
      asked.push(...permissions.map(({ action, resource: on }) => `${caller.name} ${action} ${on}`));
      const no = permissions.find((permission) => isDenied(permission, caller));
      return no && `User: ${caller.name} is not authorized to perform: ${no.action} on resource: ${no.resource}`;
    },
  };
}

/** The parts under test: registered at the endpoint, started and closed together. */
function openParts(register: (service: AwsService) => void) {
  const parts: LocalPart[] = [];
  return {
    add: <Part extends LocalPart>(part: Part): Part => {
      parts.push(part);
      part.services.forEach(register);
      return part;
    },
    ensure: async (type: string, logicalId: string, properties: Readonly<Record<string, unknown>> = {}) => {
      const provider = parts.flatMap((part) => part.providers).find((one) => one.type === type);
      if (provider === undefined) throw new Error(`No provider of ${type}.`);
      return await provider.ensure(resource(type, logicalId, properties));
    },
    start: async () => {
      for (const part of parts) await part.start?.();
    },
    close: async () => {
      for (const part of parts.splice(0).reverse()) await part.close();
    },
  };
}

/** The real endpoint and the real state around the services under test, on a port of their own. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const { services = [], clock = systemClock, storage, account = "123456789012", region = "eu-west-1" } = options;
  const ownDirectory = options.dataDir === undefined ? temporaryDirectory() : null;
  const dataDir = options.dataDir ?? ownDirectory?.path ?? "";
  const { asked, deny, issue, identify, authorize } = openAccess();
  const logged: LocalAws["logged"] = [];
  const emitted: AwsEvent[] = [];
  const log: LocalContext["log"] = (stream, entry) => void logged.push({ stream, entry });
  const kept = storage === undefined ? {} : { storage };
  const endpoint = await startEndpoint({
    identify,
    secretOf: () => "secret",
    authorize,
    log,
    randomHex,
    record: options.record,
    ...kept,
  });
  const state = openState(dataDir, storage);
  const context: LocalContext = {
    ...{ account, region, dataDir, clock, randomHex, state, log },
    awsEndpoint: endpoint.url,
    publicUrl: "http://localhost:8080",
    credentialsFor: (roleArn, name) => issue({ name, roleArn }),
    credentialsOf: issue,
    serviceCredentials: (principal) => issue({ name: principal, roleArn: null, servicePrincipal: principal }),
    emit: (event) => void emitted.push(event),
  };
  const { close, ...parts } = openParts(endpoint.register);
  for (const create of services) parts.add(await create(context));
  return {
    ...{ context, dataDir, logged, emitted, asked, deny },
    callerOf: identify,
    ...parts,
    register: (...more) => more.forEach(endpoint.register),
    client: (name = "worker") => ({
      endpoint: endpoint.url,
      region,
      credentials: issue({ name, roleArn: `arn:aws:iam::${account}:role/${name}` }),
    }),
    close: async () => {
      await close();
      await endpoint.close();
      state.close();
      ownDirectory?.remove();
    },
  };
}
