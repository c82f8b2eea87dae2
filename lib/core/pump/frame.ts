import type { NumberedLine } from "../log/log.ts";
import type { Stage } from "../stage.ts";

/** What a viewer of a deployment is sent. How it is written on the wire is injected, as `encode`. */
export type Frame =
  | FrameOf<"status", DeploymentStatus>
  | FrameOf<"log", NumberedLine>
  | FrameOf<"logs", { readonly lines: readonly NumberedLine[] }>
  | FrameOf<"error", DeploymentError>;

interface FrameOf<Type extends string, Data> {
  readonly type: Type;
  readonly timestamp: string;
  readonly data: Data;
}

interface DeploymentStatus {
  readonly deployment_id: number;
  readonly status: Stage;
  readonly stage: Stage;
  /** In percent. */
  readonly progress: number;
  readonly message: string;
  /** `""`: none. */
  readonly error_message: string;
  /** Strictly increasing, with gaps. */
  readonly version: number;
  readonly failed_stage: Stage | null;
  readonly rolled_back: boolean;
  /** Nothing follows. */
  readonly log_complete: boolean;
}

interface DeploymentError {
  readonly message: string;
  readonly scope: "deployment";
  readonly deployment_id: number;
}
