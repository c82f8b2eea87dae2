import type { ImageConfig } from "../images/images.ts";
import type { Lookup } from "./substitution.ts";

/** A stage while its instructions are carried out. */
export interface StageState {
  readonly rootfs: string;
  /** What `ENV` set, in that order. */
  readonly env: Map<string, string>;
  /** What `ARG` declared and gave a value. */
  readonly args: Map<string, string>;
  shell: readonly string[];
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

/** A stage that begins with nothing, or with what an earlier one ended with, but never with its `ARG`s. */
export function beginStage(rootfs: string, base: StageState | undefined): StageState {
  return {
    rootfs,
    env: new Map(base?.env),
    args: new Map(),
    shell: base?.shell ?? ["/bin/sh", "-c"],
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
