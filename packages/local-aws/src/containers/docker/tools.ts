import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
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
  /** Where {@link bundleTools} put the programs; without, their sources are run, which take twice the time to load. */
  readonly programs?: string;
}

const COMMANDS = { docker: "docker-command", aws: "aws-command" } as const;

/**
 * Answers in the shell what does nothing here: starting Node.js would take a tenth of a second each time. A builder is what docker
 * needs for a cache in a registry, and an export of a cache alone is for such a registry; here the engine has a cache of its own.
 */
const SHORTCUTS: Readonly<Partial<Record<keyof typeof COMMANDS, string>>> = {
  docker: `case "$1 $2" in
  'buildx create')
    while [ $# -gt 0 ] && [ "$1" != --name ]; do shift; done
    echo "\${2:-default}"
    exit ;;
  'buildx rm')
    for builder; do :; done
    echo "$builder removed"
    exit ;;
  'buildx build')
    before=
    for argument; do
      [ "$before $argument" != '--output type=cacheonly' ] || exit 0
      before=$argument
    done ;;
esac
`,
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Makes one file of each program, and of all that it imports, in `outDir`. As CommonJS, in which it loads soonest: `import "node:http"`
 * alone would make Node.js load its `fetch`, too.
 */
export function bundleTools(outDir: string): void {
  buildSync({
    entryPoints: Object.values(COMMANDS).map((file) => join(import.meta.dirname, `${file}.ts`)),
    outdir: outDir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    supported: { "dynamic-import": false },
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  });
}

/** Writes `docker` and `aws`, as a build finds them first on its PATH, into `dir`. */
export function writeTools(
  dir: string,
  { dataDir, engine, sandbox, limits = stepLimits(), hostEnvironment, programs }: ToolSettings,
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
  for (const name of ["docker", "aws"] as const) {
    const file = COMMANDS[name];
    const source = programs === undefined ? join(import.meta.dirname, `${file}.ts`) : join(programs, `${file}.cjs`);
    const program = `exec ${quoted(process.execPath)} --no-warnings ${quoted(source)} "$@"\n`;
    writeFileSync(join(dir, name), `#!/bin/sh\n${SHORTCUTS[name] ?? ""}${assignments.join("")}${program}`);
    chmodSync(join(dir, name), 0o700);
  }
}
