import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chooseEngine, type EngineChoice, EngineUnusable } from "@slipway/local-aws/containers/docker/engine-choice";
import { engineEnvironment } from "@slipway/local-aws/containers/docker/engine-environment";
import { type Sandbox, sandboxAvailable } from "@slipway/local-aws/containers/docker/sandbox";
import type { ContainerEngine } from "@slipway/local-aws/containers/docker/settings";
import { StartRefused } from "@slipway/local-aws/kernel/refusal";
import * as z from "zod";
import type { Options } from "./options.ts";

/** The engine for this data directory, which is written down there: its images are in no other. */
export async function takeEngine(options: Options, dataDir: string, env: NodeJS.ProcessEnv): Promise<EngineChoice> {
  const file = join(dataDir, "engine");
  const used = existsSync(file) ? engineName.safeParse(readFileSync(file, "utf8").trim()).data : undefined;
  try {
    const chosen = await chooseEngine(options.engine, used, engineEnvironment(env));
    writeFileSync(file, `${chosen.engine}\n`, { mode: 0o600 });
    return chosen;
  } catch (error) {
    if (error instanceof EngineUnusable) throw new StartRefused(error.message, { cause: error });
    throw error;
  }
}

const engineName = z.enum(["docker", "podman", "host"]);

/** What builds and tasks run in without a container engine. They are untrusted: without a sandbox the start is refused. */
export async function takeSandbox(engine: ContainerEngine): Promise<Sandbox | null> {
  if (engine !== "host") return null;
  const sandbox = await sandboxAvailable();
  if (sandbox !== null) return sandbox;
  throw new StartRefused(
    "This machine has no sandbox for builds and apps (it needs Linux with user namespaces): install and start docker or podman, then start again.",
  );
}
