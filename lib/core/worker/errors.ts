import type { Stage } from "../stage.ts";

/** A failure of one deployment: typed, with its cause, ready for the row, the log and a person. */
export class DeploymentError extends Error {
  readonly code: string;
  readonly stage: Stage;
  readonly exit_code: number | null;
  readonly deployment_id: number;

  /** `message` is a sentence that says what to do. */
  constructor(
    message: string,
    context: { code: string; stage: Stage; deployment_id: number; exit_code?: number | null; cause?: unknown },
  ) {
    super(message, { cause: context.cause });
    this.name = "DeploymentError";
    this.code = context.code;
    this.stage = context.stage;
    this.exit_code = context.exit_code ?? null;
    this.deployment_id = context.deployment_id;
  }
}
