import type { Environment } from "@slipway/monitor/client";
import type { LocalAccess } from "../local-access/client.ts";

/** A stream that a command writes to. */
export interface Output {
  write(text: string): void;
  /** A terminal that obeys control sequences. */
  readonly isTerminal: boolean;
  /** How wide it is now; `undefined`: unknown, or no terminal. */
  columns(): number | undefined;
}

/** Asks whoever sits at the terminal. Each throws `Cancelled` for Ctrl-C. */
export interface Questions {
  confirm(question: string, initially: boolean): Promise<boolean>;
  text(question: string, initial: string): Promise<string>;
  /** Shows of what is typed only how long it is. */
  secret(question: string): Promise<string>;
  choose(question: string, choices: readonly string[]): Promise<string>;
}

/** How another program ended. `code` is `null` where it could not be started, or took too long. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** All that a command reaches beside the server. */
export interface CliDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly homeDirectory: string;
  readonly platform: string;
  /** Of Node: `24.21.0`. */
  readonly nodeVersion: string;
  readonly out: Output;
  readonly err: Output;
  /** `null`: nobody sits there to be asked. */
  readonly questions: Questions | null;
  /** All of standard input. */
  readInput(): Promise<string>;
  run(program: string, args: readonly string[], options?: { cwd?: string; timeoutMs?: number }): Promise<Ended>;
  /** The IPv4 addresses of a name; none if DNS knows none. */
  addressesOf(name: string): Promise<readonly string[]>;
  /** Calls back for Ctrl-C and for a polite end from outside, instead of ending; the returned function ends that. */
  onInterrupt(run: () => void): () => void;
  /** The local modes of this user. */
  readonly localAccess: LocalAccess;
  /** Epoch milliseconds. */
  now(): number;
  /** What the client takes from its surroundings, where it is not Node's own. */
  readonly surroundings?: Partial<Environment>;
}
