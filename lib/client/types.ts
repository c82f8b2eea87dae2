/** The shapes of the wire, as far as clients read them. */
export type Stage =
  | "pending"
  | "cloning"
  | "building"
  | "awaiting_approval"
  | "deploying"
  | "success"
  | "failed"
  | "cancelled"
  | "superseded";

export interface Deployment {
  readonly id: number;
  readonly app_id: number;
  readonly commit_hash: string;
  readonly commit_message: string;
  readonly stage: Stage;
  readonly progress: number;
  readonly message: string;
  readonly error_message: string | null;
  readonly duration: number | null;
  readonly url: string | null;
}

export interface App {
  readonly id: number;
  readonly name: string;
  readonly url: string | null;
  readonly direct_url: string | null;
  readonly live_deployment_id: number | null;
}

export interface Status {
  readonly deployment_id: number;
  readonly stage: Stage;
  readonly progress: number;
  readonly message: string;
  readonly error_message: string;
  readonly version: number;
  readonly log_complete: boolean;
}

export interface LogLine {
  readonly line: string;
  readonly timestamp: string;
  readonly stream: "stdout" | "stderr" | "system";
  readonly cursor: number;
}
