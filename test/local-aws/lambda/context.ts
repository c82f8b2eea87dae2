import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@slipway/local-aws/kernel/clock";
import type { LocalContext, LocalPart, ProvidedResource } from "@slipway/local-aws/kernel/part";
import { openState } from "@slipway/local-aws/kernel/state";

interface LogEntry {
  readonly stream: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

export interface TestContext {
  readonly context: LocalContext;
  readonly logs: LogEntry[];
  /** Writes a bundle and returns its directory. */
  bundle(name: string, source: string): string;
  dispose(): void;
}

const realClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};

export interface OwnedClock extends Clock {
  /** Lets time pass and runs what falls due. */
  advance(ms: number): void;
}

export function ownedClock(): OwnedClock {
  let now = Date.parse("2026-01-01T00:00:00Z");
  const due = new Set<{ at: number; run: () => void }>();
  return {
    now: () => now,
    elapsed: () => now,
    after: (ms, run) => {
      const entry = { at: now + ms, run };
      due.add(entry);
      return () => void due.delete(entry);
    },
    advance: (ms) => {
      now += ms;
      for (const entry of [...due].filter((candidate) => candidate.at <= now)) {
        if (due.delete(entry)) entry.run();
      }
    },
  };
}

export function testContext(overrides: Partial<LocalContext> = {}): TestContext {
  const dataDir = mkdtempSync(join(tmpdir(), "slipway-test-"));
  const state = openState(dataDir);
  const logs: LogEntry[] = [];
  const context: LocalContext = {
    account: "123456789012",
    region: "eu-west-1",
    dataDir,
    clock: realClock,
    randomHex: (n) => randomBytes(n).toString("hex").slice(0, n),
    state,
    log: (stream, entry) => void logs.push({ stream, entry }),
    awsEndpoint: "http://127.0.0.1:1",
    publicUrl: "http://localhost:8080",
    credentialsFor: (roleArn, name) => ({ accessKeyId: `key-of-${name}`, secretAccessKey: roleArn }),
    serviceCredentials: (name) => ({ accessKeyId: name, secretAccessKey: "secret" }),
    emit: () => undefined,
    ...overrides,
  };
  return {
    context,
    logs,
    bundle: (name, source) => {
      const directory = join(dataDir, "code", name);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "index.mjs"), source);
      return directory;
    },
    dispose: () => {
      state.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Makes one resource as the template runner would. */
export async function ensure(
  parts: readonly LocalPart[],
  type: string,
  logicalId: string,
  properties: Record<string, unknown>,
): Promise<ProvidedResource> {
  const provider = parts.flatMap((part) => part.providers).find((candidate) => candidate.type === type);
  if (provider === undefined) throw new Error(`Nobody provides ${type}.`);
  return provider.ensure({ logicalId, type, physicalName: `test-${logicalId}`, properties });
}

/** Waits for a condition. */
export async function until(condition: () => boolean, what: string, ms = 5_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
