import type { Context } from "./context.ts";

/** What completion can offer for a word beside fixed choices. */
export type Known = "app" | "deployment" | "app or deployment" | "file";

export interface Argument {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  /** All words that are left; read with `Given.list`. Only of the last argument. */
  readonly many?: boolean;
  readonly completes?: Known;
  readonly choices?: readonly string[];
}

export interface Option {
  /** Without its two hyphens. */
  readonly name: string;
  readonly short?: string;
  readonly summary: string;
  /** What its value is called; without one it is there or not. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** May be given several times. */
  readonly many?: boolean;
  readonly completes?: Known;
}

/** A command as data: what is parsed, what help says, what completion offers, and what runs. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What help says beyond the summary. */
  readonly description?: string;
  readonly arguments?: readonly Argument[];
  /** How its arguments are shown, where that is not just one after the other: `[app] <file>`. */
  readonly usage?: string;
  readonly options?: readonly Option[];
  /** Lines as they are typed, without `slipway`. */
  readonly examples?: readonly string[];
  readonly commands?: readonly Command[];
  /** Not in help, nor in completion. */
  readonly hidden?: boolean;
  /** Answers the exit status where it is not 0. A command with commands does this without one of them. */
  readonly run?: (context: Context, given: Given) => Promise<number | undefined>;
}

/** What somebody typed after a command's name. */
export class Given {
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #arguments: Readonly<Record<string, string | undefined>>;

  constructor(options: Readonly<Record<string, unknown>>, given: Readonly<Record<string, string | undefined>>) {
    this.#options = options;
    this.#arguments = given;
  }

  argument(name: string): string | undefined {
    return this.#arguments[name];
  }

  /** Of a required argument. */
  required(name: string): string {
    const value = this.#arguments[name];
    if (value === undefined) throw new Error(`The command has no required argument ${name}.`);
    return value;
  }

  has(name: string): boolean {
    return this.#options[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === "string" ? value : undefined;
  }

  /** Of an option that may be given several times; none given: `[]`. */
  list(name: string): readonly string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? value.map(String) : [];
  }
}
