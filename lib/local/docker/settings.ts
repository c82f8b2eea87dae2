import * as z from "zod";

/** What the stand-ins on the PATH of a build are told by the scripts that start them. */
const settings = z.object({
  SLIPWAY_DATA: z.string(),
  SLIPWAY_ENGINE: z.enum(["docker", "podman", "host"]),
  /** The real engine's command; empty without one. */
  SLIPWAY_ENGINE_PATH: z.string(),
  /** The home directory of who started the local mode: the engine's contexts and plug-ins are there. */
  SLIPWAY_ENGINE_HOME: z.string(),
  SLIPWAY_SANDBOX: z.enum(["bwrap", "unshare", "none"]),
  /** Whether steps may run where there is no sandbox: always, never, or for repositories on this machine's own disk. */
  SLIPWAY_HOST_STEPS: z.enum(["allowed", "refused", "local-repositories"]),
});

export type Settings = z.infer<typeof settings>;
export type HostStepsPolicy = Settings["SLIPWAY_HOST_STEPS"];
export type Engine = Settings["SLIPWAY_ENGINE"];

export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  return settings.parse(env);
}
