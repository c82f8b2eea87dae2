import type { Client } from "@slipway/monitor/client";
import type { Sockets } from "./sockets.ts";

/** Steps that run at the same time as those of the other tracks, and one after the other within theirs. */
export const tracks = ["releases", "shifts", "alarms", "builds"] as const;

/** `before`, `check` and `after` run alone; `check` judges what the tracks left, and `after` cleans up, whatever became of the rest. */
export type Phase = "before" | (typeof tracks)[number] | "check" | "after";

/** What not every run has: an account, a server that was there before, the secret that signs webhooks. */
export type Need = "account" | "server" | "webhook secret";

/** A step of a smoke run, as data. */
export interface SmokeStep {
  /** Unique; docs/proven.md names it. */
  readonly name: string;
  readonly phase: Phase;
  /** The longest that it may take. */
  readonly minutes: number;
  /** `null`: every run can do it. */
  readonly needs: Need | null;
  /** What has to come, as a sentence for people. */
  readonly expects: string;
  /** Answers what came, as a sentence. Throws where that is not what was expected. Done again after an interruption, so it begins where it ended. */
  readonly run: (deps: StepDeps) => Promise<string>;
}

/** The repository of the app that is deployed. */
export interface Source {
  readonly repoUrl: string;
  readonly branch: string;
  readonly rootDir: string;
}

/** How steps reach the control plane. */
export interface Session {
  readonly client: Client;
  readonly sockets: Sockets;
  /** `null`: it is not known. */
  readonly webhookSecret: string | null;
}

/** The installation of a run that has an account. */
export interface Installation {
  /** Deploys it, or goes on with that. */
  install(signal: AbortSignal): Promise<string>;
  uninstall(): Promise<string>;
  /** What is left of it, by names and ARNs. */
  left(): Promise<readonly string[]>;
}

/** What a step depends on. */
export interface StepDeps {
  /** Of the run; names of its apps begin with it. */
  readonly name: string;
  readonly source: Source;
  /** Throws before there is an installation. */
  readonly session: () => Promise<Session>;
  /** `null`: the run has no account. */
  readonly installation: Installation | null;
  /** How many lines the long log has. */
  readonly logLines: number;
  /** When the step's time is over, or somebody interrupts it. */
  readonly signal: AbortSignal;
}

/** What came is not what was expected. */
export class SmokeFailure extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "SmokeFailure";
  }
}

/** Waits for something until the signal comes; then throws its reason. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const end = (): void => fail(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
    promise.then(done, fail).finally(() => signal.removeEventListener("abort", end));
  });
}

/** The installation that a run has. Throws where it has no account. */
export const installedBy = ({ installation }: StepDeps): Installation => {
  if (installation === null) throw new SmokeFailure("This run has no account.");
  return installation;
};
