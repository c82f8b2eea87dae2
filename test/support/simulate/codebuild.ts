import { AccountLimitExceededException, type StartBuildCommandInput } from "@aws-sdk/client-codebuild";

/** What becomes of a build attempt. `seconds` is how long the build itself takes. */
export interface BuildFate {
  /** `never`: it waits for a host and gets none. `fault`: its host is lost. */
  readonly outcome: "succeeded" | "failed" | "fault" | "never";
  readonly seconds: number;
}

export interface OneBuild {
  readonly id: string;
  readonly token: string;
  readonly startedAt: number;
  readonly deployment_id: number;
  readonly attempt: number;
  readonly ticket: string;
  status: "IN_PROGRESS" | "SUCCEEDED" | "FAILED" | "FAULT" | "STOPPED";
  stopRequested: boolean;
}

const tokenMs = 5 * 60 * 1000;
const stopMs = 800;

interface CodeBuildOptions {
  readonly time: () => number;
  readonly after: (milliseconds: number, run: () => void) => void;
  /** Runs the reporter inside a build until it exits. */
  readonly report: (build: OneBuild) => Promise<"SUCCEEDED" | "FAILED" | "FAULT" | "never">;
  /** Called when a build has ended, as EventBridge reports it. */
  readonly changed: (buildId: string) => void;
  readonly isFull: () => boolean;
}

/** CodeBuild, whose idempotency tokens are good for five minutes. */
export class CodeBuild {
  readonly builds: OneBuild[] = [];
  readonly #options: CodeBuildOptions;

  constructor(options: CodeBuildOptions) {
    this.#options = options;
  }

  running(): readonly OneBuild[] {
    return this.builds.filter(({ status }) => status === "IN_PROGRESS");
  }

  readonly send = (name: string, input: unknown): unknown => {
    const operation = this.#operations[name];
    if (operation === undefined) throw new Error(`The simulated CodeBuild has no ${name}.`);
    return operation(input as never);
  };

  readonly #operations: Readonly<Record<string, (input: never) => unknown>> = {
    StartBuildCommand: ({ idempotencyToken = "", environmentVariablesOverride = [] }: StartBuildCommandInput) => {
      const now = this.#options.time();
      const known = this.builds.find(({ token, startedAt }) => token === idempotencyToken && now - startedAt < tokenMs);
      if (known !== undefined) return { build: shown(known) };
      if (this.#options.isFull())
        throw new AccountLimitExceededException({ message: "Cannot have more builds in queue.", $metadata: {} });
      const variable = (name: string) => environmentVariablesOverride.find((one) => one.name === name)?.value ?? "";
      const build: OneBuild = {
        id: `build:${this.builds.length + 1}`,
        token: idempotencyToken,
        startedAt: now,
        deployment_id: Number(variable("DEPLOYMENT_ID")),
        attempt: Number(variable("BUILD_ATTEMPT")),
        ticket: variable("CLAIM_TICKET"),
        status: "IN_PROGRESS",
        stopRequested: false,
      };
      this.builds.push(build);
      void this.#run(build);
      return { build: shown(build) };
    },
    BatchGetBuildsCommand: ({ ids }: { ids: readonly string[] }) => ({
      builds: this.builds.filter(({ id }) => ids.includes(id)).map(shown),
    }),
    ListBuildsForProjectCommand: () => ({ ids: this.builds.map(({ id }) => id).toReversed() }),
    StopBuildCommand: ({ id }: { id: string }) => {
      const build = this.builds.find((one) => one.id === id);
      if (build !== undefined && !build.stopRequested) {
        build.stopRequested = true;
        this.#options.after(stopMs, () => this.#end(build, "STOPPED"));
      }
      return {};
    },
  };

  async #run(build: OneBuild): Promise<void> {
    const status = await this.#options.report(build);
    if (status !== "never") this.#end(build, status);
  }

  #end(build: OneBuild, status: OneBuild["status"]): void {
    if (build.status !== "IN_PROGRESS") return;
    build.status = status;
    this.#options.changed(build.id);
  }
}

const shown = (build: OneBuild) => ({
  id: build.id,
  buildStatus: build.status,
  startTime: new Date(Date.UTC(2026, 0, 1) + build.startedAt),
  buildComplete: build.status !== "IN_PROGRESS",
  phases: [],
  environment: {
    environmentVariables: [
      { name: "DEPLOYMENT_ID", value: String(build.deployment_id) },
      { name: "BUILD_ATTEMPT", value: String(build.attempt) },
    ],
  },
});
