/** The shapes of the wire, as clients read them. Times are RFC 3339 in UTC; what is unknown is `null`, except where `""` is said. */
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

export type Role = "admin" | "deployer" | "viewer";

/** One stage entered. `seconds`: how long it lasted; `null` while it does, and for the last. */
export interface TimelineEntry {
  readonly stage: Stage;
  readonly entered_at: string;
  readonly seconds: number | null;
  readonly message: string;
}

export interface Deployment {
  readonly id: number;
  readonly app_id: number;
  /** `""` until resolved, like the message. */
  readonly commit_hash: string;
  readonly commit_message: string;
  readonly branch: string;
  /** Equals `stage`. */
  readonly status: Stage;
  readonly stage: Stage;
  /** In percent. */
  readonly progress: number;
  readonly message: string;
  readonly error_message: string | null;
  readonly error_code: string | null;
  readonly exit_code: number | null;
  readonly failed_stage: Stage | null;
  readonly rolled_back: boolean;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** Whole seconds from start to finish. */
  readonly duration: number | null;
  readonly trigger: "api" | "webhook" | "rollback" | "retry";
  readonly actor: string;
  readonly reason: string | null;
  readonly image_digest: string | null;
  readonly url: string | null;
  /** The deployment whose release this one puts back. */
  readonly rollback_of: number | null;
  readonly cancel_requested_at: string | null;
  readonly timeline: readonly TimelineEntry[];
  readonly log_complete: boolean;
  /** Grows with each change. */
  readonly version: number;
}

/** `data` of a `status` event. */
export interface Status {
  readonly deployment_id: number;
  readonly status: Stage;
  readonly stage: Stage;
  readonly progress: number;
  readonly message: string;
  /** `""`: none. */
  readonly error_message: string;
  readonly version: number;
  readonly failed_stage: Stage | null;
  readonly rolled_back: boolean;
  readonly log_complete: boolean;
}

export interface LogLine {
  /** Ends in exactly one `\n`. */
  readonly line: string;
  readonly timestamp: string;
  readonly stream: "stdout" | "stderr" | "system";
  /** Strictly increasing, with gaps. */
  readonly cursor: number;
}

export interface SmokeCheck {
  readonly path: string;
  readonly expect_status: number;
}

export type Strategy = { readonly smoke_check?: SmokeCheck } & (
  | { readonly type: "rolling" }
  | { readonly type: "blue_green"; readonly bake_minutes: number }
  | {
      readonly type: "linear";
      readonly step_percent: number;
      readonly step_bake_minutes: number;
      readonly bake_minutes: number;
    }
  | {
      readonly type: "canary";
      readonly percent: number;
      readonly canary_bake_minutes: number;
      readonly bake_minutes: number;
    }
);

/** Where an app's notices go. The address itself is never shown again. */
export interface Endpoint {
  readonly id: string;
  readonly type: "slack" | "discord" | "webhook" | "email";
  /** The stages of a deployment that it is told of. */
  readonly events: readonly Stage[];
  /** Of the address. */
  readonly host: string;
  /** Of an e-mail the address. */
  readonly to: string | null;
  /** `null`: it works, as far as is known. */
  readonly failing_since: string | null;
  readonly last_error: string | null;
  readonly last_sent_at: string | null;
}

/** The GitHub App of the installation. */
export interface GitHubApp {
  readonly app_id: number;
  readonly slug: string;
  readonly name: string;
  /** Who it belongs to at GitHub. */
  readonly owner: string;
  /** Its page at GitHub. */
  readonly html_url: string;
  /** Where it is installed on repositories. */
  readonly install_url: string;
  readonly connected_at: string;
}

export interface GitHubConnection {
  /** `null`: none was set up. */
  readonly app: GitHubApp | null;
  readonly github_url: string;
  /** Whether GitHub can reach this control plane with pushes. */
  readonly receives_pushes: boolean;
}

/** What a browser posts to GitHub to make an app: the manifest, as the form field of that name. */
export interface GitHubSetup {
  readonly action: string;
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** What an endpoint answered when it was sent a test. */
export interface EndpointTest {
  readonly id: string;
  readonly type: Endpoint["type"];
  readonly host: string;
  readonly ok: boolean;
  /** A sentence. */
  readonly answer: string;
}

export interface App {
  readonly id: number;
  readonly name: string;
  readonly repo_url: string;
  readonly branch: string;
  readonly root_dir: string;
  readonly dockerfile: string;
  readonly port: number;
  readonly health_check_path: string;
  readonly cpu: number;
  readonly memory: number;
  readonly instances: number;
  readonly env: Readonly<Record<string, string>>;
  /** Names only. */
  readonly secrets: readonly string[];
  /** Whether the app has a Git token of its own; the token is never shown. */
  readonly git_token: boolean;
  readonly strategy: Strategy;
  readonly approval: "none" | "required";
  readonly approvers: readonly string[];
  readonly approval_expiry_minutes: number;
  readonly allow_self_approval: boolean;
  readonly on_new_push: "queue_latest" | "cancel_running";
  readonly after_rollback: "hold" | "resume";
  readonly keep_releases: number;
  readonly auto_rollback: boolean;
  readonly watch_paths: readonly string[];
  readonly notifications: readonly Endpoint[];
  /** How telling GitHub of the app's deployments goes; `null`: it was never told of one. */
  readonly github: Pick<Endpoint, "failing_since" | "last_error" | "last_sent_at"> | null;
  readonly url: string | null;
  readonly direct_url: string | null;
  readonly live_deployment_id: number | null;
  readonly pinned: boolean;
  readonly webhook_url: string | null;
  readonly created_at: string;
}

export interface Release {
  readonly deployment_id: number;
  readonly image_digest: string;
  readonly commit_hash: string;
  readonly released_at: string;
  readonly live: boolean;
}

/** Half of what was measured is at most `p50`, 95 of 100 at most `p95`: whole seconds; `null`: nothing was measured. */
export interface Spread {
  readonly p50: number | null;
  readonly p95: number | null;
}

/** Delivery over some days; docs/metrics.md defines each figure. Rates are 0 to 1; `null`: there was nothing to measure. */
export interface Figures {
  readonly deployments: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly success_rate: number | null;
  /** Changes that went live, a day. */
  readonly deployment_frequency: number;
  readonly duration: Spread & {
    readonly by_stage: Readonly<Record<"pending" | "cloning" | "building" | "awaiting_approval" | "deploying", Spread>>;
  };
  readonly changes: number;
  readonly change_failures: number;
  readonly change_failure_rate: number | null;
  readonly time_to_restore: Spread;
}

export interface Metrics extends Figures {
  readonly days: number;
  /** The first and the last day in UTC, `2025-11-14`; the last one is today and not over. */
  readonly from: string;
  readonly to: string;
  /** The same number of days before. */
  readonly previous: Figures;
  /** One a day, oldest first. */
  readonly points: readonly (Figures & { readonly date: string })[];
}

/** One thing that somebody did. */
export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly actor: string;
  readonly role: Role;
  /** `deployment.cancel`: what it was done to, and what. */
  readonly action: string;
  readonly app_id: number | null;
  readonly deployment_id: number | null;
  /** A reason, the names of changed settings; no values of them. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly address: string;
}

/** Who is asking. `csrf`: what writes by the session's cookie must repeat; `null` where nobody signed in by cookie. */
export interface Me {
  readonly name: string;
  readonly role: Role;
  /** Only these apps; `null`: all. */
  readonly apps: readonly number[] | null;
  readonly csrf: string | null;
}

export interface LogPage {
  readonly lines: readonly LogLine[];
  /** Where to go on. */
  readonly next: number;
  /** Nothing follows. */
  readonly complete: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** `null`: this was the last page. */
  readonly next: string | null;
}

/** Whether a deployment of this stage has ended. */
export function isTerminal(stage: Stage): boolean {
  return stage === "success" || stage === "failed" || stage === "cancelled" || stage === "superseded";
}
