import type { ImageConfig } from "../images/images.ts";
import type { Instruction } from "./dockerfile.ts";
import { DEFAULT_PATH } from "./program-path.ts";
import type { Lookup } from "./substitution.ts";

/** A stage while its instructions are carried out. */
export interface StageState {
  readonly rootfs: string;
  /** What `ENV` set, in that order. */
  readonly env: Map<string, string>;
  /** What `ARG` declared and gave a value. */
  readonly args: Map<string, string>;
  shell: readonly string[];
  /** Whether this stage, and not one before, has set `CMD`: only then it outlives an `ENTRYPOINT` that follows. */
  setsCommand: boolean;
  /** What `ONBUILD` leaves to the stages that begin with this one. */
  triggers: readonly Instruction[];
  config: Omit<ImageConfig, "Env">;
}

const EMPTY: StageState["config"] = {
  Cmd: null,
  Entrypoint: null,
  WorkingDir: "/",
  ExposedPorts: {},
  User: "",
  StopSignal: "",
  Labels: {},
};

/**
 * A stage that begins with nothing, or with what an earlier one ended with, its `ARG`s included
 * (https://docs.docker.com/build/building/variables/#scoping). Nothing is known of a base
 * image but what nearly all have, and BuildKit sets where there is none: where programs are.
 */
export function beginStage(rootfs: string, base: StageState | undefined): StageState {
  return {
    rootfs,
    env: new Map(base?.env ?? [["PATH", DEFAULT_PATH]]),
    args: new Map(base?.args),
    shell: base?.shell ?? ["/bin/sh", "-c"],
    setsCommand: false,
    triggers: [],
    config: base === undefined ? EMPTY : { ...base.config },
  };
}

/** A variable as the stage's instructions see it: `ENV` goes before `ARG`. */
export function lookupIn(state: StageState): Lookup {
  return (name) => state.env.get(name) ?? state.args.get(name);
}

export function configOf(state: StageState): ImageConfig {
  return { ...state.config, Env: [...state.env].map(([name, value]) => `${name}=${value}`) };
}
