import type { FailureCode, Finished } from "../../contract/build.ts";
import type { BuildStep } from "../../core/deployment/build-result.ts";
import type { BuildStage } from "../../core/stage.ts";

/** Why a build did not yield an image, in the protocol's terms. `message` is the sentence that people read. */
export class BuildFailure extends Error {
  readonly stage: BuildStage;
  readonly code: FailureCode;
  /** The failing command's where known, else docker's or git's; `null` where no process ended. */
  readonly exitCode: number | null;

  /** The steps of the Dockerfile until then. */
  steps: readonly BuildStep[] = [];

  /** What the reporter itself exits with, since CodeBuild goes by that: docker's own code, never 0. */
  readonly reporterExit: number;

  constructor(
    stage: BuildStage,
    code: FailureCode,
    message: string,
    exitCode: number | null = null,
    dockerExit: number | null = exitCode,
  ) {
    super(message);
    this.name = "BuildFailure";
    this.stage = stage;
    this.code = code;
    this.exitCode = exitCode;
    this.reporterExit = Math.max(1, dockerExit ?? 1);
  }

  /** This failure as the last report says it. */
  finished(): Finished {
    const { stage, code, message, exitCode, steps } = this;
    return { outcome: "failed", stage, code, message, exit_code: exitCode, image_digest: null, steps };
  }
}
