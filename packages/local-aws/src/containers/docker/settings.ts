import * as z from "zod";
import { limits } from "./limits.ts";

/** The settings that the wrapper scripts pass to the replacements of `docker` and `aws` on the PATH of a build. */
const settings = z.object({
  LOCAL_AWS_DATA: z.string(),
  LOCAL_AWS_ENGINE: z.enum(["docker", "podman", "host"]),
  /** The real engine's command; empty without one. */
  LOCAL_AWS_ENGINE_PATH: z.string(),
  /** The whole environment of that command, as JSON. */
  LOCAL_AWS_ENGINE_ENV: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(z.record(z.string(), z.string())),
  /** Without an engine: what steps run in. Empty with one. */
  LOCAL_AWS_SANDBOX: z.enum(["bwrap", "unshare", ""]),
  /** Of one step, as JSON. */
  LOCAL_AWS_LIMITS: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(limits),
});

export type ToolEnvironment = z.infer<typeof settings>;
/** As they stand in the environment. */
export type ToolEnvironmentText = z.input<typeof settings>;
export type ContainerEngine = ToolEnvironment["LOCAL_AWS_ENGINE"];

export function readToolEnvironment(env: Readonly<Record<string, string | undefined>>): ToolEnvironment {
  return settings.parse(env);
}
