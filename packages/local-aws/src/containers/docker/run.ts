import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { resolveIn } from "../images/tree.ts";
import { type Instruction, jsonForm } from "./dockerfile.ts";
import { SolveError } from "./failures.ts";
import { namesBaseProgram } from "./host-tools.ts";
import { type Exhausted, exhaustedSentence, type Limits } from "./limits.ts";
import type { Shown } from "./plan.ts";
import type { Vertex } from "./progress.ts";
import { type Sandbox, type SandboxedCommand, sandboxed } from "./sandbox.ts";
import type { StageState } from "./stage.ts";
import { expand, type Lookup } from "./substitution.ts";
import { createWatch } from "./watch.ts";

/** How steps run on this machine. */
export interface HostSteps {
  readonly sandbox: Sandbox;
  readonly limits: Limits;
  /** This process's `PATH`, and directories that no step may see. */
  readonly path: string;
  readonly hidden: readonly string[];
  /** Variables that docker lets through without being declared: the proxies. */
  readonly passed: Readonly<Record<string, string>>;
  /** What steps that mount them by their ids may read. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** The host path of `--mount`'s source: of the context, or of the stage of that name. */
type Source = (from: string | undefined) => string | undefined;

/** The exit code of a command that was ended with SIGKILL. */
const KILLED = 137;
/** What a shell says of a command that is not there, or cannot be executed. */
const NOT_RUN = [126, 127];
/** How long a step that was killed has until nothing of it is left. */
const LAST_END_MS = 5000;
const SCRIPT_INSIDE = "/run/step";
const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

/** `type=bind,source=a,target=/b` as a record; a word without `=` is `"true"`. */
function parseMount(value: string, lookup: Lookup): Record<string, string> {
  const pairs = value.split(",").map((pair) => {
    const at = pair.indexOf("=");
    return at < 0 ? [pair, "true"] : [pair.slice(0, at), expand(pair.slice(at + 1), lookup)];
  });
  return { type: "bind", ...Object.fromEntries(pairs) };
}

function parsedMounts(state: StageState, { flags }: Instruction): Record<string, string>[] {
  const lookup: Lookup = (name) => state.env.get(name) ?? state.args.get(name);
  return flags.filter(([name]) => name === "mount").map(([, value]) => parseMount(value, lookup));
}

/** The secrets that a step may read, as variables and as files in `directory`, which others may not enter. */
function secretsOf(
  state: StageState,
  instruction: Instruction,
  known: HostSteps["secrets"],
  directory: string,
): { env: Record<string, string>; shown: Shown[] } {
  const found: { env: Record<string, string>; shown: Shown[] } = { env: {}, shown: [] };
  for (const mount of parsedMounts(state, instruction).filter(({ type }) => type === "secret")) {
    const given = mount.target ?? mount.dst ?? mount.destination;
    const id = mount.id ?? posix.basename(given ?? mount.env ?? "");
    const value = known[id];
    if (value === undefined) {
      if (mount.required === "true") throw new SolveError(`secret ${id}: not found`);
      continue;
    }
    if (mount.env !== undefined) found.env[mount.env] = value;
    if (mount.env !== undefined && given === undefined) continue;
    const file = join(directory, `secret-${found.shown.length}`);
    writeFileSync(file, value, { mode: 0o444 });
    found.shown.push({
      source: file,
      target: posix.resolve(state.config.WorkingDir, given ?? `/run/secrets/${id}`),
    });
  }
  return found;
}

/** Caches are empty directories, binds are shown read-only. */
function mountsOf(state: StageState, instruction: Instruction, source: Source): { empty: string[]; shown: Shown[] } {
  const mounts = parsedMounts(state, instruction);
  const target = (mount: Record<string, string>): string =>
    posix.resolve(state.config.WorkingDir, mount.target ?? mount.dst ?? mount.destination ?? ".");
  const shown = mounts
    .filter(({ type }) => type === "bind")
    .map((mount) => {
      const root = source(mount.from);
      if (root === undefined) throw new Error(`the stage ${mount.from} was not built`);
      return { source: resolveIn(root, mount.source ?? mount.src ?? "/"), target: target(mount) };
    });
  return { empty: mounts.filter(({ type }) => type === "cache" || type === "tmpfs").map(target), shown };
}

/** What to execute: the JSON form as it is, everything else by the stage's shell; a here-document may name its interpreter. */
function commandOf(
  state: StageState,
  { text, heredocs }: Instruction,
  scratch: string,
): { argv: string[]; script?: string } {
  const [doc] = heredocs;
  if (doc === undefined) return { argv: jsonForm(text) ?? [...state.shell, text] };
  const alone = /^<<-?\s*["']?\w+["']?$/.test(text);
  if (alone && doc.content.startsWith("#!")) {
    const script = join(mkdtempSync(join(scratch, "step-")), "step");
    writeFileSync(script, doc.content);
    chmodSync(script, 0o755);
    return { argv: [SCRIPT_INSIDE], script };
  }
  const documents = heredocs.map(({ name, content }) => `${content}${name}\n`).join("");
  return { argv: [...state.shell, alone ? doc.content : `${text.replaceAll("<<-", "<<")}\n${documents}`] };
}

interface Ended {
  /** As a shell would say it. */
  readonly code: number;
  /** The limit that it was killed for. */
  readonly exhausted: Exhausted | undefined;
}

const watch = createWatch(systemClock);

function started(
  { command, args, env, cwd, writable, kill }: SandboxedCommand,
  limits: Limits,
  vertex: Vertex,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let exhausted: Exhausted | undefined;
    const child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    const onExhausted = (what: Exhausted): void => {
      exhausted = what;
      if (child.pid !== undefined) kill(child.pid);
      child.once(
        "exit",
        systemClock.after(LAST_END_MS, () => void child.kill("SIGKILL")),
      );
    };
    const unwatch = child.pid === undefined ? () => {} : watch.begin({ pid: child.pid, limits, writable, onExhausted });
    child.stdout.on("data", (chunk: Buffer) => vertex.log("stdout", chunk));
    child.stderr.on("data", (chunk: Buffer) => vertex.log("stderr", chunk));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      unwatch();
      if (exhausted !== undefined) resolve({ code: KILLED, exhausted });
      else resolve({ code: code ?? 128 + (SIGNALS[signal ?? ""] ?? 0), exhausted });
    });
  });
}

/**
 * Carries out `RUN`, its output going to the vertex as it comes. Throws {@link SolveError} in docker's words when it fails, with the
 * limit that was reached, if it was for that.
 */
export async function runStep(
  state: StageState,
  instruction: Instruction,
  source: Source,
  host: HostSteps,
  scratch: string,
  vertex: Vertex,
): Promise<void> {
  const { argv, script } = commandOf(state, instruction, scratch);
  const { empty, shown } = mountsOf(state, instruction, source);
  const directory = mkdtempSync(join(scratch, "secrets-"));
  const secrets = secretsOf(state, instruction, host.secrets, directory);
  const command = sandboxed(host.sandbox, argv, {
    rootfs: state.rootfs,
    workdir: state.config.WorkingDir,
    env: { ...host.passed, ...Object.fromEntries(state.args), ...Object.fromEntries(state.env), ...secrets.env },
    host,
    scratch,
    limits: host.limits,
    empty,
    shown: [...shown, ...secrets.shown, ...(script === undefined ? [] : [{ source: script, target: SCRIPT_INSIDE }])],
  });
  try {
    const { code, exhausted } = await started(command, host.limits, vertex);
    if (code === 0) return;
    const words = [instruction.text, ...instruction.heredocs.map(({ content }) => content)].join("\n");
    const mayMiss = NOT_RUN.includes(code) || namesBaseProgram(words);
    const missed = mayMiss ? ": steps run on this machine, which does not have the programs of the base image" : "";
    const why = exhausted === undefined ? missed : `: ${exhaustedSentence(exhausted, host.limits)}`;
    throw new SolveError(`process "${argv.join(" ")}" did not complete successfully: exit code: ${code}${why}`);
  } finally {
    command.release();
    rmSync(directory, { recursive: true, force: true });
  }
}
