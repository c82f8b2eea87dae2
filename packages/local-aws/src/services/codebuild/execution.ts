import { existsSync, readFileSync } from "node:fs";
import { platform } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Exhausted, exhaustedSentence, stepLimits } from "../../containers/docker/limits.ts";
import { createWatch } from "../../containers/docker/watch.ts";
import type { GuardedProcess, Processes } from "../../containers/processes/processes.ts";
import type { LocalContext } from "../../kernel/part.ts";
import type { BuildStore } from "./build-store.ts";
import { type Buildspec, BuildspecError, type BuildspecPhase, type CommandPhase, parseBuildspec } from "./buildspec.ts";
import type { Build, BuildStatus, PhaseContext, PhaseType } from "./records.ts";
import { phaseScript } from "./script.ts";
import { buildspecVariables, resolveVariables, VariableError } from "./variables.ts";
import { createWorkspace, standardVariables, type Workspace } from "./workspace.ts";

export interface ExecutionOptions {
  readonly processes: Pick<Processes, "spawn">;
  /** The directory of an S3 asset. */
  readonly resolveCode: (bucket: string, key: string) => string;
  /** Put first on the PATH of builds. */
  readonly tools: string;
  /** The host's environment: its PATH, its proxies and certificates reach the builds, nothing else of it does. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
  /** How much a build may write besides its image, a clone above all; as much as a step if absent. */
  readonly diskBytes?: number;
  /** Removes from the engine what builds left there, and all images but these. Called only while no build runs. */
  readonly tidyEngine?: (kept: ReadonlySet<string>) => void;
}

/** A build that runs. */
export interface Execution {
  /** Settles when everything of it is over and recorded; never rejects. */
  readonly done: Promise<void>;
  /** Ends it with that status: SIGTERM to all of its processes, SIGKILL after 2 s. `null`: leaves its record as it is. */
  stop(status: "STOPPED" | "TIMED_OUT" | null): void;
}

interface Failure {
  readonly status: BuildStatus;
  readonly contexts: readonly PhaseContext[];
}

/** What a phase that was prepared runs with. */
interface Prepared {
  readonly workspace: Workspace;
  readonly buildspec: Buildspec;
  readonly env: Readonly<Record<string, string>>;
}

/** What steps use of these is bounded by their sandboxes. */
const UNBOUND = { memoryBytes: Number.MAX_SAFE_INTEGER, processes: Number.MAX_SAFE_INTEGER };
const STOP_GRACE_MS = 2000;
/**
 * The host's proxies and certificates, and where Node.js keeps what it compiled of the programs that each build starts. Where
 * the host's container engine listens only the tools know.
 */
const PASSED = /^(https?|no|all)_proxy$|^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|GIT_SSL_CAINFO|NODE_COMPILE_CACHE)$/i;
const PHASE_TYPES: Readonly<Record<CommandPhase, PhaseType>> = {
  install: "INSTALL",
  pre_build: "PRE_BUILD",
  build: "BUILD",
  post_build: "POST_BUILD",
};
/** Where a build goes after a phase failed: `post_build` is for cleaning up after `build`. */
const AFTER_FAILURE: Readonly<Partial<Record<CommandPhase, readonly CommandPhase[]>>> = { build: ["post_build"] };
const FOLLOWING: Readonly<Record<CommandPhase, readonly CommandPhase[]>> = {
  install: ["pre_build", "build", "post_build"],
  pre_build: ["build", "post_build"],
  build: ["post_build"],
  post_build: [],
};

const failed = (statusCode: string, message: string): Failure => ({
  status: "FAILED",
  contexts: [{ statusCode, message }],
});

/** Carries out one build, in the phases and with the words of CodeBuild. */
class Runner {
  readonly #context: LocalContext;
  readonly #options: ExecutionOptions;
  readonly #buildStore: BuildStore;
  readonly #build: Build;
  #stopped: "STOPPED" | "TIMED_OUT" | null | undefined;
  #process: GuardedProcess | undefined;

  constructor(context: LocalContext, options: ExecutionOptions, buildStore: BuildStore, build: Build) {
    this.#context = context;
    this.#options = options;
    this.#buildStore = buildStore;
    this.#build = build;
  }

  stop(status: "STOPPED" | "TIMED_OUT" | null): void {
    if (this.#stopped === undefined || status === null) this.#stopped = status;
    void this.#process?.stop(STOP_GRACE_MS);
  }

  async run(): Promise<void> {
    let workspace: Workspace | undefined;
    try {
      await this.#phase("PROVISIONING", async () => undefined);
      let prepared: Prepared | undefined;
      const failure = await this.#phase("DOWNLOAD_SOURCE", async () => {
        try {
          workspace = createWorkspace(this.#context, this.#build, this.#code());
          prepared = await this.#prepare(workspace);
          return undefined;
        } catch (error) {
          if (error instanceof BuildspecError) return failed("YAML_FILE_ERROR", error.message);
          if (error instanceof VariableError) return failed("Decrypted Variables Error", error.message);
          return failed("CLIENT_ERROR", error instanceof Error ? error.message : String(error));
        }
      });
      const outcome = failure?.status ?? (prepared === undefined ? "FAULT" : await this.#commands(prepared));
      await this.#finish(outcome);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#context.log("codebuild", { level: "ERROR", message, build: this.#build.id });
      this.#buildStore.end(this.#build.id, "FAULT", [{ statusCode: "INTERNAL_ERROR", message }]);
      this.#buildStore.complete(this.#build.id, "FAULT");
    } finally {
      this.#clear(workspace);
    }
  }

  /** Its outcome is recorded by now. What cannot be removed the next start removes. */
  #clear(workspace: Workspace | undefined): void {
    try {
      workspace?.remove();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#context.log("codebuild", { level: "ERROR", message, build: this.#build.id });
    }
  }

  #code(): string | undefined {
    const [, bucket, key] = /^([^/]+)\/(.+)$/.exec(this.#build.source.location ?? "") ?? [];
    return bucket === undefined || key === undefined ? undefined : this.#options.resolveCode(bucket, key);
  }

  /** The text of the buildspec: in the project itself, or a file of the source. */
  #buildspec({ source }: Workspace): string {
    const given = this.#build.source.buildspec ?? "buildspec.yml";
    if (/[\n{]/.test(given)) return given;
    const file = join(source, given);
    if (!existsSync(file)) throw new BuildspecError(`stat ${file}: no such file or directory`);
    return readFileSync(file, "utf8");
  }

  async #prepare(workspace: Workspace): Promise<Prepared> {
    const { hostEnvironment, tools } = this.#options;
    const credentials = this.#context.credentialsFor(this.#build.serviceRole, this.#build.id);
    const buildspec = parseBuildspec(this.#buildspec(workspace));
    const variables = [...buildspecVariables(buildspec), ...this.#build.variables];
    const passed = Object.entries(hostEnvironment).filter(([name, value]) => value !== undefined && PASSED.test(name));
    const env: Record<string, string> = {
      ...Object.fromEntries(passed.map(([name, value]) => [name, value ?? ""])),
      ...standardVariables(this.#context, this.#build, workspace, credentials),
      ...(await resolveVariables(this.#context, credentials, variables)),
      PATH: [tools, dirname(process.execPath), hostEnvironment.PATH ?? ""].join(delimiter),
    };
    return { workspace, buildspec, env };
  }

  /** Runs a phase between its beginning and its end on record, and answers why it failed, or that the build was stopped. */
  async #phase(type: PhaseType, run: () => Promise<Failure | undefined>): Promise<Failure | undefined> {
    if (this.#stopped !== undefined) return { status: this.#stopped ?? "FAULT", contexts: [] };
    this.#buildStore.begin(this.#build.id, type);
    const failure = await run();
    const stopped = this.#stopped;
    if (stopped === null) return { status: "FAULT", contexts: [] };
    const result = stopped === undefined ? failure : { status: stopped, contexts: [] };
    this.#buildStore.end(this.#build.id, result?.status ?? "SUCCEEDED", result?.contexts);
    return result;
  }

  async #commands(prepared: Prepared): Promise<BuildStatus> {
    let outcome: BuildStatus = "SUCCEEDED";
    let left: readonly CommandPhase[] = ["install", ...FOLLOWING.install];
    for (let phase = left[0]; phase !== undefined; phase = left[0]) {
      const now = phase;
      const spec = prepared.buildspec.phases[now];
      const failure = await this.#phase(PHASE_TYPES[now], () => this.#spawn(prepared, spec ?? undefined, outcome));
      left = FOLLOWING[now];
      if (failure === undefined) continue;
      if (outcome === "SUCCEEDED" || failure.status !== "FAILED") outcome = failure.status;
      if (failure.status !== "FAILED") return outcome;
      const goesOn = spec?.["on-failure"] === "CONTINUE";
      const stops = spec?.["on-failure"] === "ABORT";
      if (!goesOn) left = stops ? [] : (AFTER_FAILURE[now] ?? []);
    }
    if (outcome === "SUCCEEDED") await this.#phase("UPLOAD_ARTIFACTS", async () => undefined);
    return outcome;
  }

  async #spawn(
    { workspace, buildspec, env }: Prepared,
    phase: BuildspecPhase | undefined,
    outcome: BuildStatus,
  ): Promise<Failure | undefined> {
    if (phase === undefined || phase.commands.length === 0) return undefined;
    const script = phaseScript(phase, workspace.state, outcome === "SUCCEEDED");
    const process = this.#options.processes.spawn(buildspec.env?.shell ?? "sh", ["-c", script], {
      cwd: workspace.source,
      env,
      onOutput: (chunk) => workspace.log(chunk),
    });
    this.#process = process;
    const unwatch = this.#boundDisk(workspace, process);
    const { code, signal } = await process.exited;
    this.#process = undefined;
    unwatch();
    if (code === 0) return undefined;
    const command = phase.commands[workspace.commandsBegun() - 1]?.trim() ?? "";
    const reason = code === null ? `signal: ${signal}` : `exit status ${code}`;
    const message = `Error while executing command: ${command}. Reason: ${reason}`;
    workspace.log(`[Container] Phase context status code: COMMAND_EXECUTION_ERROR Message: ${message}\n`);
    return failed("COMMAND_EXECUTION_ERROR", message);
  }

  /** A repository can be of any size, and git has no limit of its own. Without `/proc` there is no limit. Call the result to stop. */
  #boundDisk(workspace: Workspace, { pid, stop }: GuardedProcess): () => void {
    if (platform() !== "linux") return () => {};
    const { diskBytes = stepLimits().diskBytes } = this.#options;
    const limits = { ...stepLimits(), ...UNBOUND, diskBytes };
    const onExhausted = (what: Exhausted): void => {
      workspace.log(`[Container] The build was ended: ${exhaustedSentence(what, limits)}.\n`);
      void stop(0, "SIGKILL");
    };
    return createWatch(this.#context.clock).begin({ pid, limits, writable: [workspace.root], onExhausted });
  }

  async #finish(outcome: BuildStatus): Promise<void> {
    if (this.#stopped === null) return;
    const failure =
      outcome === "SUCCEEDED" || outcome === "FAILED"
        ? await this.#phase("FINALIZING", async () => undefined)
        : undefined;
    if (this.#stopped === null) return;
    this.#buildStore.complete(this.#build.id, failure?.status ?? outcome);
  }
}

/** Begins to carry out a build that waited in the queue. */
export function execute(
  context: LocalContext,
  options: ExecutionOptions,
  buildStore: BuildStore,
  build: Build,
): Execution {
  const runner = new Runner(context, options, buildStore, build);
  return { done: runner.run(), stop: (status) => runner.stop(status) };
}
