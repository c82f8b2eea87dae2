import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import type { AwsService, Caller, Permission } from "@slipway/local-aws/endpoint/service";
import type { AwsEvent, Clock, LocalContext } from "@slipway/local-aws/kernel/part";
import { openState } from "@slipway/local-aws/kernel/state";

const realClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** A directory that a test's local mode lives in, over restarts. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "slipway-local-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Says until when something has to hold; throws what was wrong last. */
export async function eventually<T>(check: () => T | Promise<T>, deadlineMs = 60_000): Promise<T> {
  const begun = Date.now();
  for (;;) {
    try {
      return await check();
    } catch (error) {
      const waited = Date.now() - begun;
      if (waited > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(5 + waited / 20, 100)));
    }
  }
}

export interface LocalAws {
  readonly context: LocalContext;
  readonly logged: { stream: string; entry: Readonly<Record<string, unknown>> }[];
  readonly emitted: AwsEvent[];
  /** Every permission that was asked for, as `<caller> <action> <resource>`. */
  readonly asked: string[];
  /** What is refused from now on; `undefined` allows. */
  deny(refuse: (permission: Permission, caller: Caller) => boolean): void;
  register(...services: readonly AwsService[]): void;
  /** For the SDK's clients; the caller is `name`. */
  client(name: string): {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  };
  close(): Promise<void>;
}

/** The real wire front and the real state around the parts under test, on a port of its own. */
export async function startLocalAws(dir: string, account = "000000000000"): Promise<LocalAws> {
  const callers = new Map<string, Caller>();
  const logged: LocalAws["logged"] = [];
  const emitted: AwsEvent[] = [];
  const asked: string[] = [];
  let refuses: (permission: Permission, caller: Caller) => boolean = () => false;
  const randomHex = (n: number) => randomBytes(n).toString("hex").slice(0, n);
  const log: LocalContext["log"] = (stream, entry) => void logged.push({ stream, entry });

  function credentials(caller: Caller) {
    const accessKeyId = `AKIA${randomHex(16).toUpperCase()}`;
    callers.set(accessKeyId, caller);
    return { accessKeyId, secretAccessKey: "secret" };
  }
  const endpoint = await startEndpoint({
    identify: (key) => callers.get(key),
    secretOf: () => "secret",
    authorize(permissions, caller) {
      asked.push(...permissions.map(({ action, resource }) => `${caller.name} ${action} ${resource}`));
      const refused = permissions.find((permission) => refuses(permission, caller));
      return refused && `User: ${caller.name} is not authorized to perform: ${refused.action} on: ${refused.resource}`;
    },
    log,
    randomHex,
  });
  const state = openState(dir);
  const context: LocalContext = {
    account,
    region: "us-east-1",
    dataDir: dir,
    clock: realClock,
    randomHex,
    state,
    log,
    awsEndpoint: endpoint.url,
    publicUrl: "http://localhost:8080",
    credentialsFor: (roleArn, name) => credentials({ name, roleArn }),
    serviceCredentials: (principal) => credentials({ name: principal, roleArn: null, servicePrincipal: principal }),
    emit: (event) => void emitted.push(event),
  };
  return {
    context,
    logged,
    emitted,
    asked,
    deny(refuse) {
      refuses = refuse;
    },
    register: (...services) => services.forEach(endpoint.register),
    client: (name) => ({
      endpoint: endpoint.url,
      region: "us-east-1",
      credentials: credentials({ name, roleArn: `arn:aws:iam::${account}:role/${name}` }),
    }),
    async close() {
      await endpoint.close();
      state.close();
    },
  };
}

/** A resource of a template, as a provider is given it. */
export function resource(type: string, logicalId: string, properties: Readonly<Record<string, unknown>>) {
  return { logicalId, type, physicalName: `slipway-${logicalId}`, properties };
}
