import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { enginePath } from "./engine.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Engine, HostStepsPolicy, Settings } from "./settings.ts";

export interface ToolSettings {
  readonly dataDir: string;
  readonly engine: Engine;
  readonly sandbox: Sandbox;
  readonly hostSteps: HostStepsPolicy;
  /** The host's `PATH`, where the real engine is. */
  readonly hostPath: string;
  /** The host's `HOME`, where the real engine has its configuration. */
  readonly hostHome: string;
}

const COMMANDS = { docker: "command.ts", aws: "aws.ts" } as const;
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Writes `docker` and `aws`, as a build finds them first on its PATH, into `dir`. */
export function writeTools(
  dir: string,
  { dataDir, engine, sandbox, hostSteps, hostPath, hostHome }: ToolSettings,
): void {
  const settings: Settings = {
    SLIPWAY_DATA: dataDir,
    SLIPWAY_ENGINE: engine,
    SLIPWAY_ENGINE_PATH: enginePath(engine, hostPath),
    SLIPWAY_ENGINE_HOME: hostHome,
    SLIPWAY_SANDBOX: sandbox,
    SLIPWAY_HOST_STEPS: hostSteps,
  };
  const assignments = Object.entries(settings).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  mkdirSync(dir, { recursive: true });
  for (const [name, file] of Object.entries(COMMANDS)) {
    const program = `exec ${quoted(process.execPath)} --no-warnings ${quoted(join(import.meta.dirname, file))} "$@"\n`;
    writeFileSync(join(dir, name), `#!/bin/sh\n${assignments.join("")}${program}`);
    chmodSync(join(dir, name), 0o755);
  }
}
