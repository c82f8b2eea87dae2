import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { enginePath } from "./engine-choice.ts";
import { engineEnvironment } from "./engine-environment.ts";
import { type Limits, stepLimits } from "./limits.ts";
import type { Sandbox } from "./sandbox.ts";
import type { ContainerEngine, ToolEnvironmentText } from "./settings.ts";

export interface ToolSettings {
  readonly dataDir: string;
  readonly engine: ContainerEngine;
  /** Needed where the engine is `host`. */
  readonly sandbox: Sandbox | null;
  /** Of one step; {@link stepLimits} if absent. */
  readonly limits?: Limits;
  /** Of who started the local mode: its `PATH` has the real engine, its `HOME` the engine's configuration. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
}

const COMMANDS = { docker: "docker-command.ts", aws: "aws-command.ts" } as const;
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Writes `docker` and `aws`, as a build finds them first on its PATH, into `dir`. */
export function writeTools(
  dir: string,
  { dataDir, engine, sandbox, limits = stepLimits(), hostEnvironment }: ToolSettings,
): void {
  const settings: ToolEnvironmentText = {
    LOCAL_AWS_DATA: dataDir,
    LOCAL_AWS_ENGINE: engine,
    LOCAL_AWS_ENGINE_PATH: enginePath(engine, hostEnvironment.PATH ?? ""),
    LOCAL_AWS_ENGINE_ENV: JSON.stringify(engineEnvironment(hostEnvironment)),
    LOCAL_AWS_SANDBOX: sandbox ?? "",
    LOCAL_AWS_LIMITS: JSON.stringify(limits),
  };
  const assignments = Object.entries(settings).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  mkdirSync(dir, { recursive: true });
  for (const [name, file] of Object.entries(COMMANDS)) {
    const program = `exec ${quoted(process.execPath)} --no-warnings ${quoted(join(import.meta.dirname, file))} "$@"\n`;
    writeFileSync(join(dir, name), `#!/bin/sh\n${assignments.join("")}${program}`);
    chmodSync(join(dir, name), 0o700);
  }
}
