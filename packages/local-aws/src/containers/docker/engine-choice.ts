import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { ContainerEngine } from "./settings.ts";

/** An engine that is busy takes seconds to answer, and a wrong "no" would have apps built without it. */
const ANSWER_LIMIT_MS = 30_000;

type RealEngine = Exclude<ContainerEngine, "host">;

/** Whether an engine can be used, and if not why, as the end of a sentence. */
type Answer = { readonly usable: true } | { readonly usable: false; readonly why: string };

export interface EngineChoice {
  readonly engine: ContainerEngine;
  /** Why this one, as a sentence. */
  readonly why: string;
}

/** The engine that was asked for, or that the data directory was made with, cannot be used. Its message says what to do. */
export class EngineUnusable extends Error {
  override readonly name = "EngineUnusable";
}

type Env = Readonly<Record<string, string>>;

interface Ran {
  readonly code: number | "timeout" | "missing";
  readonly said: string;
}

function runQuickly(command: string, args: readonly string[], env: Env): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { timeout: ANSWER_LIMIT_MS, killSignal: "SIGKILL", env } as const;
    execFile(command, args, options, (error, stdout, stderr) => {
      const lines = (stderr.trim() || stdout.trim()).split("\n");
      const said = (lines.find((line) => /cannot|error:/i.test(line)) ?? lines.at(-1) ?? "").replace(/^error: /i, "");
      if (error === null) resolve({ code: 0, said });
      else if (error.killed === true) resolve({ code: "timeout", said });
      else resolve({ code: typeof error.code === "number" ? error.code : "missing", said });
    });
  });
}

const BUILDX =
  "docker has no buildx, which builds images: install the package docker-buildx-plugin (Docker's own), docker-buildx (Ubuntu, Debian 13) or the plugin from github.com/docker/buildx";

async function answerOf(engine: RealEngine, env: Env): Promise<Answer> {
  if (executablePath(engine, env.PATH ?? "") === undefined) return { usable: false, why: `there is no ${engine}` };
  const { code, said } = await runQuickly(engine, ["info"], env);
  if (code === "timeout") {
    return { usable: false, why: `${engine} does not answer within ${ANSWER_LIMIT_MS / 1000} s` };
  }
  if (code !== 0)
    return { usable: false, why: `${engine} does not answer${said === "" ? "" : ` (${firstSentence(said)})`}` };
  if (engine === "docker" && (await runQuickly(engine, ["buildx", "version"], env)).code !== 0) {
    return { usable: false, why: BUILDX };
  }
  return { usable: true };
}

/** Docker asks a question after it, which stands badly within a sentence. */
const firstSentence = (said: string): string => said.replace(/\.\s.*$/, "");

/** Whether it is there at all: what is not installed needs no word. */
const isInstalled = (engine: RealEngine, env: Env): boolean => executablePath(engine, env.PATH ?? "") !== undefined;

async function chooseFreely(env: Env): Promise<EngineChoice> {
  const [docker, podman] = [answerOf("docker", env), answerOf("podman", env)];
  const dockers = await docker;
  if (dockers.usable) return { engine: "docker", why: "docker answers." };
  const podmans = await podman;
  const whyNot = [
    isInstalled("docker", env) ? dockers.why : "",
    isInstalled("podman", env) && !podmans.usable ? podmans.why : "",
  ]
    .filter((why) => why !== "")
    .join("; ");
  if (podmans.usable) return { engine: "podman", why: `podman answers${whyNot === "" ? "" : `, and ${whyNot}`}.` };
  return { engine: "host", why: whyNot === "" ? "neither docker nor podman is installed." : `${whyNot}.` };
}

async function insist(engine: RealEngine, env: Env, because: string, otherwise: string): Promise<EngineChoice> {
  const answer = await answerOf(engine, env);
  if (answer.usable) return { engine, why: `${because}.` };
  throw new EngineUnusable(`${because}, but ${answer.why}. ${otherwise}`);
}

/**
 * The engine to use. The one that was named; else the one that this data directory was `used` with, whose images no other has;
 * else docker, podman, or none (`host`), the first that answers. `env` is {@link engineEnvironment}'s. Throws
 * {@link EngineUnusable}.
 */
export async function chooseEngine(
  choice: "auto" | ContainerEngine,
  used: ContainerEngine | undefined,
  env: Env,
): Promise<EngineChoice> {
  const left =
    used === undefined || used === choice || choice === "auto"
      ? ""
      : ` Apps that ${named(used)} built have to be deployed again.`;
  if (choice === "host") return { engine: "host", why: `--engine host was given.${left}` };
  if (choice !== "auto") {
    const chosen = await insist(choice, env, `--engine ${choice} was given`, "Fix this, and start again.");
    return { ...chosen, why: `${chosen.why}${left}` };
  }
  if (used === undefined) return chooseFreely(env);
  const because = `this data directory was made with ${named(used)}`;
  if (used === "host") return { engine: "host", why: `${because}; --engine names another one.` };
  return insist(
    used,
    env,
    because,
    "Start it, or choose another engine with --engine; apps have to be deployed again then.",
  );
}

const named = (engine: ContainerEngine): string => (engine === "host" ? "no container engine" : engine);

function executablePath(engine: RealEngine, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((dir) => join(dir, engine))
    .find((file) => isExecutable(file));
}

/** The path of the engine's command, past the replacement of the same name; empty for `host`. */
export function enginePath(engine: ContainerEngine, path: string): string {
  if (engine === "host") return "";
  const found = executablePath(engine, path);
  if (found === undefined) throw new Error(`there is no ${engine} on the PATH`);
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error) return false;
    throw error;
  }
}
