import { setTimeout as pause } from "node:timers/promises";
import { type LocalMode, startLocalMode } from "../../test/support/local-mode.ts";
import { processTree, stillRunning } from "../../test/support/process-tree.ts";
import { webhookSecret } from "../../test/support/webhooks.ts";
import { describeProcess, residentMb } from "./process.ts";
import type { Complain } from "./report.ts";

/** While nobody could answer. Milliseconds of the monotonic clock. */
export interface Outage {
  readonly from: number;
  /** `Infinity` while it lasts. */
  to: number;
  readonly why: "killed" | "stopped" | "full" | "fell" | "restarted";
}

/** One local mode on one data directory, through all its lives. */
export interface Installation {
  readonly data: string;
  readonly outages: readonly Outage[];
  /** How long each start took, in milliseconds. */
  readonly starts: readonly number[];
  /** Resolves with the address as soon as it is up. */
  up(): Promise<string>;
  isUp(): boolean;
  /** Its address; throws while it is down. */
  url(): string;
  start(): Promise<void>;
  /** SIGKILL, then `downFor` ms of silence, then a start on the same or another port. */
  kill(downFor: number, port: "same" | "other"): Promise<void>;
  /** SIGSTOP, SIGCONT after `ms`. */
  stopFor(ms: number): Promise<void>;
  /** Notes an outage whose reason lies elsewhere; the returned function ends it. */
  outage(why: Outage["why"]): () => void;
  /** SIGTERM; answers the exit code, and which processes are left. */
  end(): Promise<{ readonly code: number | null; readonly left: readonly number[] }>;
  /** SIGTERM and a start, as after an update. */
  restart(): Promise<void>;
  /** Resident memory in MB; 0 while it is down. */
  memory(): number;
  /** What the last life printed. */
  output(): string;
}

export interface InstallationOptions {
  readonly data: string;
  /** Where it and its children put temporary files. */
  readonly temporary: string;
  readonly args: readonly string[];
  readonly complain: Complain;
}

const goneSeconds = 20;

export function createInstallation({ data, temporary, args, complain }: InstallationOptions): Installation {
  const outages: Outage[] = [];
  const starts: number[] = [];
  let local: LocalMode | null = null;
  let isFalling = false;
  const waiting = new Set<(url: string) => void>();

  const outage = (why: Outage["why"]): (() => void) => {
    const noted: Outage = { from: performance.now(), to: Number.POSITIVE_INFINITY, why };
    outages.push(noted);
    return () => {
      noted.to = performance.now();
    };
  };

  const startOn = async (port: string): Promise<void> => {
    const began = performance.now();
    const env = { SLIPWAY_GITHUB_WEBHOOK_SECRET: webhookSecret, TMPDIR: temporary };
    const started = await startLocalMode({ data, args: ["--port", port, ...args], env, heap: "small" });
    starts.push(Math.round(performance.now() - began));
    local = started;
    started.process.once("exit", (code, signal) => void fell(started, `${code ?? signal}`));
    for (const resolve of waiting) resolve(started.url);
    waiting.clear();
  };

  /** It ended although nobody asked it to: said, and started again, as a person would. */
  const fell = async (which: LocalMode, how: string): Promise<void> => {
    if (local !== which || isFalling) return;
    local = null;
    complain("the process ended by itself", `with ${how}: ${which.output().slice(-2000)}`);
    const over = outage("fell");
    await startAgain("0");
    over();
  };

  /** A full disk may keep it from starting: it is tried until there is room. */
  const startAgain = async (port: string): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await startOn(port);
      } catch (error) {
        if (attempt >= 30) throw error;
        await pause(1000);
      }
    }
  };

  const running = (): LocalMode => {
    if (local === null) throw new Error("The local mode is down.");
    return local;
  };

  const end = async (): Promise<{ code: number | null; left: readonly number[] }> => {
    const { process: child, stop } = running();
    const tree = processTree(child.pid ?? 0);
    local = null;
    const code = await stop();
    return { code, left: await whatIsLeft(tree) };
  };

  return {
    data,
    outages,
    starts,
    up: () => (local === null ? new Promise((resolve) => waiting.add(resolve)) : Promise.resolve(local.url)),
    isUp: () => local !== null,
    url: () => running().url,
    start: () => startOn("0"),
    kill: async (downFor, port) => {
      const { process: child, kill, url } = running();
      const over = outage("killed");
      const tree = processTree(child.pid ?? 0);
      local = null;
      await kill();
      const left = await whatIsLeft(tree);
      if (left.length > 0) complain("a process outlived a kill", left.map(describeProcess).join("; "));
      await pause(downFor);
      await startAgain(port === "same" ? new URL(url).port : "0");
      over();
    },
    stopFor: async (ms) => {
      const { process: child } = running();
      const over = outage("stopped");
      child.kill("SIGSTOP");
      await pause(ms);
      child.kill("SIGCONT");
      over();
    },
    outage,
    end: async () => {
      isFalling = true;
      return end();
    },
    restart: async () => {
      const over = outage("restarted");
      const port = new URL(running().url).port;
      await end();
      await startAgain(port);
      over();
    },
    memory: () => (local?.process.pid === undefined ? 0 : residentMb(local.process.pid)),
    output: () => local?.output() ?? "",
  };
}

async function whatIsLeft(tree: readonly number[]): Promise<readonly number[]> {
  const deadline = performance.now() + goneSeconds * 1000;
  for (;;) {
    const left = stillRunning(tree);
    if (left.length === 0 || performance.now() > deadline) return left;
    await pause(100);
  }
}
