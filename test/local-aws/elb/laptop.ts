import { randomBytes } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import type { AwsService, Caller, Permission } from "@slipway/local-aws/endpoint/service";
import type { LocalContext } from "@slipway/local-aws/kernel/part";
import type { State } from "@slipway/local-aws/kernel/state";

/** Waits for something to hold; throws what was wrong last. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 120_000): Promise<T> {
  const begun = Date.now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      const waited = Date.now() - begun;
      if (waited > withinMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(20 + waited / 20, 100)));
    }
  }
}

const clock: LocalContext["clock"] = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};

export interface Laptop {
  readonly context: LocalContext;
  readonly emitted: Parameters<LocalContext["emit"]>[0][];
  readonly logged: Record<string, unknown>[];
  /** `<caller> <action> <resource>` of every permission that was asked for. */
  readonly asked: string[];
  refuse(which: (permission: Permission, caller: Caller) => boolean): void;
  register(services: readonly AwsService[]): void;
  /** Configuration of an SDK client. */
  client(): { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  close(): Promise<void>;
}

/** The real wire front, with callers that may do everything until told otherwise. */
export async function startLaptop(dataDir: string, state: State): Promise<Laptop> {
  const callers = new Map<string, Caller>();
  const emitted: Laptop["emitted"] = [];
  const logged: Laptop["logged"] = [];
  const asked: string[] = [];
  let refused: (permission: Permission, caller: Caller) => boolean = () => false;
  const randomHex = (n: number): string => randomBytes(n).toString("hex").slice(0, n);
  const log: LocalContext["log"] = (stream, entry) => void logged.push({ stream, ...entry });
  const issue = (caller: Caller) => {
    const accessKeyId = `ASIA${randomHex(16).toUpperCase()}`;
    callers.set(accessKeyId, caller);
    return { accessKeyId, secretAccessKey: "secret" };
  };
  const endpoint = await startEndpoint({
    identify: (key) => callers.get(key),
    secretOf: () => "secret",
    authorize: (permissions, caller) => {
      asked.push(...permissions.map(({ action, resource }) => `${caller.name} ${action} ${resource}`));
      const no = permissions.find((permission) => refused(permission, caller));
      return no && `User: ${caller.name} is not authorized to perform: ${no.action} on resource: ${no.resource}`;
    },
    log,
    randomHex,
  });
  const context: LocalContext = {
    account: "123456789012",
    region: "eu-west-1",
    dataDir,
    clock,
    randomHex,
    state,
    log,
    awsEndpoint: endpoint.url,
    publicUrl: "http://localhost:8080",
    credentialsFor: (roleArn, name) => issue({ name, roleArn }),
    serviceCredentials: (servicePrincipal) => issue({ name: servicePrincipal, roleArn: null, servicePrincipal }),
    emit: (event) => void emitted.push(event),
  };
  return {
    context,
    emitted,
    logged,
    asked,
    refuse: (which) => {
      refused = which;
    },
    register: (services) => services.forEach(endpoint.register),
    client: () => ({
      endpoint: endpoint.url,
      region: "eu-west-1",
      credentials: issue({ name: "worker", roleArn: "arn:aws:iam::123456789012:role/worker" }),
    }),
    close: endpoint.close,
  };
}

export interface TestServer {
  readonly port: number;
  readonly server: Server;
  close(): Promise<void>;
}

export async function serve(handler: RequestListener, port = 0): Promise<TestServer> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const { port: bound } = server.address() as AddressInfo;
  return {
    port: bound,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port, close } = await serve(() => undefined);
  await close();
  return port;
}
