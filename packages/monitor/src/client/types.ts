/** Generated from docs/openapi.json and docs/asyncapi.json by `npm run documents`. Times are RFC 3339 in UTC; unknown values are `null` unless described as `""`. */
/** An app, its settings, and its URLs. */
export interface App {
  readonly id: number;
  readonly name: string;
  readonly repo_url: string;
  readonly branch: string;
  readonly root_dir: string;
  readonly dockerfile: string;
  readonly build_args: Readonly<Record<string, string>>;
  /** Names only. */
  readonly build_secrets: readonly string[];
  readonly build_target: string | null;
  readonly build_cache: boolean;
  /** If it is in `from_image`: what is used where the image exposes no port. */
  readonly port: number;
  /** If it is in `from_image`: what is used where the image's `HEALTHCHECK` requests no path. */
  readonly health_check_path: string;
  /** The settings that were not given, or given as `null`: each release takes them from its image. */
  readonly from_image: readonly ("port" | "health_check_path")[];
  readonly startup_seconds: number;
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
  /** As they were entered: names of tokens, or `token#<id>`. */
  readonly approvers: readonly string[];
  /** The identities of `approvers` when they were saved. A later token of the same name has another identity. */
  readonly approver_ids: readonly string[];
  readonly approval_expiry_minutes: number;
  readonly allow_self_approval: boolean;
  readonly auto_deploy: boolean;
  readonly on_new_push: "queue_latest" | "cancel_running";
  readonly after_rollback: "hold" | "resume";
  readonly keep_releases: number;
  readonly auto_rollback: boolean;
  readonly alarms: {
    readonly error_percent: number | null;
    readonly latency_ms: number | null;
  };
  readonly watch_paths: readonly string[];
  readonly release_command: readonly string[] | null;
  readonly release_command_minutes: number;
  readonly runs: boolean;
  readonly log_retention_days: number;
  readonly notifications: readonly Endpoint[];
  /** How reporting the app's deployments to GitHub goes; `null`: nothing was reported yet. */
  readonly github: {
    /** Since when notifications fail; `null`: they don't, as far as is known. */
    readonly failing_since: string | null;
    readonly last_error: string | null;
    readonly last_sent_at: string | null;
  } | null;
  /** The URL at which the app responds. A new `name` takes effect with the next release, but not with a rollback. */
  readonly url: string | null;
  /** The load balancer's address with the app's own port. */
  readonly direct_url: string | null;
  readonly live_deployment_id: number | null;
  /** Names of settings that the live release does not have yet: they take effect with the next one. */
  readonly pending_changes: readonly string[];
  /** As in `GET /api/apps/{id}/status`; `null`: AWS did not respond in time. */
  readonly health: AppHealth | null;
  /** New pushes are skipped (`superseded`) until someone deploys or unpins this app. */
  readonly pinned: boolean;
  /** Who rolled it back. */
  readonly pinned_by: string | null;
  readonly webhook_url: string | null;
  /** An image with the state of the app; it needs no credentials. A path if the installation does not know its own URL; `null` for an app that is older than badges, until its settings change. */
  readonly badge_url: string | null;
  readonly created_at: string;
}

/** How the app is, by its tasks: `live` (as many are healthy as it is to have), `degraded` (fewer), `down` (none), or `none` (nothing was released yet). */
export type AppHealth = "live" | "degraded" | "down" | "none";

/** A line that an app printed. */
export interface AppLogLine {
  /** Ends in one line feed. */
  readonly line: string;
  readonly timestamp: string;
  /** `null`: the log driver of ECS merges both. */
  readonly stream: "stdout" | "stderr" | null;
  readonly process: string;
  /** Its id in ECS. */
  readonly task: string;
  /** Of which release it is. */
  readonly deployment_id: number | null;
  /** Opaque. Pass it as `after` or `before`. */
  readonly cursor: string;
}

/** The current state of an app and its tasks. */
export interface AppStatus {
  readonly health: AppHealth;
  readonly tasks: readonly Task[];
}

/** One action in the audit log. */
export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  /** The name; several tokens may have the same one. */
  readonly actor: string;
  /** Who it was: `token#<id>`; `null`: nobody was signed in, or unknown in an older entry. */
  readonly actor_id: string | null;
  readonly role: Role;
  /** What was done, such as `deployment.cancel`. */
  readonly action: string;
  readonly app_id: number | null;
  readonly deployment_id: number | null;
  /** A reason, or the names of changed settings without their values. */
  readonly details: Readonly<Record<string, unknown>>;
  /** IP address of the caller. */
  readonly address: string;
}

/** How a deployment's image came about. */
export interface Build {
  /** `built`: at least one step ran; `cached`: every step came from the cache; `reused`: the image of an earlier deployment of the same source. */
  readonly outcome: "built" | "cached" | "reused";
  /** In the order in which they started. Of more than 100 steps, only the slowest ones. */
  readonly steps: readonly {
    /** The instruction in the Dockerfile. */
    readonly name: string;
    readonly seconds: number;
    /** Taken from an earlier build. */
    readonly cached: boolean;
  }[];
  /** In the registry, compressed. */
  readonly image_bytes: number | null;
  /** Compared with the image that was live when the build started; `null`: nothing was live, or unknown. */
  readonly image_bytes_change: number | null;
}

/** What a release changes against the one that it replaces. */
export interface Changes {
  /** The deployment whose release it replaces; `null`: nothing was live. */
  readonly compared_with: number | null;
  /** Those that the replaced release does not have, newest first, at most 250. */
  readonly commits: readonly {
    readonly hash: string;
    /** Its first line. */
    readonly message: string;
    readonly author: string;
  }[];
  /** Whether these are all. `false` also if the Git server does not list commits. */
  readonly commits_complete: boolean;
  readonly settings: readonly Difference[];
}

/** A new app. Omitted fields take their defaults. */
export interface CreateApp {
  readonly name: string;
  readonly repoUrl: string;
  readonly branch?: string;
  readonly rootDir?: string;
  /** Relative to `rootDir`, which is the build context. It can be outside of it (`../Dockerfile`), but not outside the repository. */
  readonly dockerfile?: string;
  /** Values for `ARG` instructions; the Dockerfile must declare each one. They are stored in the image, so use `buildSecrets` for secrets. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Secrets that the Dockerfile reads with `RUN --mount=type=secret,id=NAME`. They are not stored in the image or the log. */
  readonly buildSecrets?: Readonly<Record<string, string>>;
  /** The stage of the Dockerfile to build; `null`: the last one. */
  readonly buildTarget?: string | null;
  /** Whether builds reuse steps of earlier builds. */
  readonly buildCache?: boolean;
  /** The port that the app listens on, which it gets in `PORT`. Omitted or `null`: the one that its image exposes (`EXPOSE`), 3000 if there is none. */
  readonly port?: number | null;
  /** Must answer 200 to 399. Omitted or `null`: the path that the image's `HEALTHCHECK` requests, `/` if there is none. */
  readonly healthCheckPath?: string | null;
  /** How long the app may take to pass its health check after it starts, in seconds. */
  readonly startupSeconds?: number;
  /** CPU units of a task. */
  readonly cpu?: 256 | 512 | 1024 | 2048 | 4096;
  /** In MB: a value that Fargate supports for `cpu`, which is 512 or whole GB. */
  readonly memory?: number;
  readonly instances?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly strategy?: StrategyInput;
  readonly approval?: "none" | "required";
  /** Names of tokens, or `token#<id>` if several have the same name. They are resolved when they are saved. */
  readonly approvers?: readonly string[];
  readonly approvalExpiryMinutes?: number;
  readonly allowSelfApproval?: boolean;
  /** Whether pushes are deployed. Pushes received while it is `false` are ignored and not deployed later. */
  readonly autoDeploy?: boolean;
  readonly onNewPush?: "queue_latest" | "cancel_running";
  readonly afterRollback?: "hold" | "resume";
  readonly keepReleases?: number;
  readonly autoRollback?: boolean;
  readonly alarms?: {
    readonly errorPercent?: number | null;
    readonly latencyMs?: number | null;
  };
  readonly watchPaths?: readonly string[];
  /** What runs once before a release gets traffic, for example a migration; `null`: nothing. If it fails, so does the deployment. It is not run by rollbacks. */
  readonly releaseCommand?: readonly string[] | null;
  /** The release command is stopped when it ran for so long. */
  readonly releaseCommandMinutes?: number;
  /** Whether one-off commands may be run. */
  readonly runs?: boolean;
  /** How many days what the app prints is kept. */
  readonly logRetentionDays?: 1 | 3 | 5 | 7 | 14 | 30 | 60 | 90 | 120 | 150 | 180 | 365 | 400 | 545 | 731;
  readonly notifications?: readonly EndpointInput[];
  readonly gitToken?: string | null;
}

/** The figures of one day. */
export interface DailyFigures {
  readonly date: string;
  readonly deployments: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly success_rate: number | null;
  /** Deployments that went live per day. */
  readonly deployment_frequency: number;
  readonly duration: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly by_stage: Readonly<Record<"pending" | "cloning" | "building" | "awaiting_approval" | "deploying", Spread>>;
  };
  readonly changes: number;
  readonly change_failures: number;
  readonly change_failure_rate: number | null;
  readonly time_to_restore: Spread;
}

/** One deployment of an app. */
export interface Deployment {
  readonly id: number;
  readonly app_id: number;
  /** `""` until resolved, like `commit_message`. */
  readonly commit_hash: string;
  readonly commit_message: string;
  readonly branch: string;
  /** Equals `stage`. */
  readonly status: Stage;
  readonly stage: Stage;
  /** In percent. */
  readonly progress: number;
  /** The stage in words. */
  readonly message: string;
  readonly error_message: string | null;
  readonly error_code: string | null;
  /** The exit code of the command that failed. */
  readonly exit_code: number | null;
  readonly failed_stage: Stage | null;
  /** The previous release was restored when this one failed. */
  readonly rolled_back: boolean;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** Whole seconds from start to finish. */
  readonly duration: number | null;
  readonly trigger: "api" | "webhook" | "rollback" | "retry" | "redeploy" | "promotion";
  /** The name; several tokens may have the same one. */
  readonly actor: string;
  /** Who it is: `token#<id>`, `github#<account id>`; `null`: no known identity. */
  readonly actor_id: string | null;
  readonly reason: string | null;
  readonly image_digest: string | null;
  readonly url: string | null;
  /** The deployment whose release this one restores. */
  readonly rollback_of: number | null;
  /** The deployment of another app whose image this one releases. */
  readonly from_deployment: number | null;
  /** Deployments of other apps that release the image of this one. */
  readonly promoted_to: readonly number[];
  /** The number of the configuration it runs with; the same settings of an app have the same number. `null`: it is still `pending`, or older than these numbers. */
  readonly configuration: number | null;
  readonly cancel_requested_at: string | null;
  /** When Slipway ends the current stage if it has not finished by then. It can move: deployments that wait in the queue get a later one. `null`: the deployment has finished, or has no deadline. */
  readonly deadline_at: string | null;
  readonly timeline: readonly TimelineEntry[];
  /** How the image came about; `null`: there was no build, it has not succeeded, or this is a list. */
  readonly build: Build | null;
  readonly log_complete: boolean;
  /** Grows with each change. */
  readonly version: number;
}

/** Why a deployment failed. */
export interface DeploymentError {
  readonly message: string;
  /** The deployment failed; the connection still works. */
  readonly scope: "deployment";
  readonly deployment_id: number;
}

/** A setting that differs. Of a secret only its name is shown. */
export type Difference =
  | {
      readonly name: string;
      /** Of `env` and `build_args` only the entries that differ. */
      readonly before: unknown;
      readonly after: unknown;
    }
  | {
      /** The secret's own name. */
      readonly name: string;
      readonly changed: true;
    };

/** A notification endpoint of an app. Its URL is never returned. */
export interface Endpoint {
  readonly id: string;
  readonly type: "slack" | "discord" | "webhook" | "email";
  /** The stages of a deployment that it is notified of. */
  readonly events: readonly Stage[];
  /** The host of its URL. */
  readonly host: string;
  /** Its e-mail address; otherwise `null`. */
  readonly to: string | null;
  /** Since when notifications fail; `null`: they don't, as far as is known. */
  readonly failing_since: string | null;
  readonly last_error: string | null;
  readonly last_sent_at: string | null;
}

/** A notification endpoint. A new one has no `id` and needs an address; with an `id`, omitted fields keep their values. */
export type EndpointInput =
  | {
      readonly type: "slack";
      readonly id?: string;
      readonly events?: readonly Stage[];
      readonly url?: string;
    }
  | {
      readonly type: "discord";
      readonly id?: string;
      readonly events?: readonly Stage[];
      readonly url?: string;
    }
  | {
      readonly type: "webhook";
      readonly id?: string;
      readonly events?: readonly Stage[];
      readonly url?: string;
      readonly secret?: string;
    }
  | {
      readonly type: "email";
      readonly id?: string;
      readonly events?: readonly Stage[];
      readonly to?: string;
    };

/** The result of a test notification. */
export interface EndpointTest {
  readonly id: string;
  readonly type: "slack" | "discord" | "webhook" | "email";
  readonly host: string;
  readonly ok: boolean;
  /** A sentence. */
  readonly answer: string;
}

export interface Exchange {
  readonly code: string;
}

/** Delivery metrics of a period, defined in docs/metrics.md. Rates are 0 to 1; `null`: nothing to measure. */
export interface Figures {
  readonly deployments: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly success_rate: number | null;
  /** Deployments that went live per day. */
  readonly deployment_frequency: number;
  readonly duration: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly by_stage: Readonly<Record<"pending" | "cloning" | "building" | "awaiting_approval" | "deploying", Spread>>;
  };
  readonly changes: number;
  readonly change_failures: number;
  readonly change_failure_rate: number | null;
  readonly time_to_restore: Spread;
}

/** The GitHub App of the installation. */
export interface GitHubApp {
  readonly app_id: number;
  readonly slug: string;
  readonly name: string;
  /** Its owner on GitHub. */
  readonly owner: string;
  /** Its page on GitHub. */
  readonly html_url: string;
  /** The page where it is installed on repositories. */
  readonly install_url: string;
  readonly connected_at: string;
}

/** The connection to GitHub. */
export interface GitHubConnection {
  /** `null`: none was set up. */
  readonly app: GitHubApp | null;
  readonly github_url: string;
  /** Whether GitHub can send pushes to this control plane. */
  readonly receives_pushes: boolean;
}

/** The form that a browser posts to GitHub to create the app. */
export interface GitHubSetup {
  /** The URL to post the form to. */
  readonly action: string;
  /** The form field `manifest`. */
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** The control plane responds, and its tables can be read. */
export interface Health {
  readonly status: "ok";
  readonly time: string;
}

/** One line of a deployment's log. */
export interface LogLine {
  /** Ends in exactly one `\n`. */
  readonly line: string;
  readonly timestamp: string;
  readonly stream: "stdout" | "stderr" | "system";
  /** Strictly increasing, with gaps. */
  readonly cursor: number;
}

/** The caller. */
export interface Me {
  /** Who it is: `token#<id>`, also for a session of that token. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Only these apps; `null`: all. */
  readonly apps: readonly number[] | null;
  /** Value of the header `X-Slipway-CSRF` for writes with the session cookie; `null` without a cookie. */
  readonly csrf: string | null;
}

/** Delivery metrics of a period, for each of its days, and of the period before. */
export interface Metrics {
  readonly days: number;
  /** The first day in UTC: `2025-11-14`. */
  readonly from: string;
  /** The last day: it is today and not over. */
  readonly to: string;
  readonly deployments: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly success_rate: number | null;
  /** Deployments that went live per day. */
  readonly deployment_frequency: number;
  readonly duration: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly by_stage: Readonly<Record<"pending" | "cloning" | "building" | "awaiting_approval" | "deploying", Spread>>;
  };
  readonly changes: number;
  readonly change_failures: number;
  readonly change_failure_rate: number | null;
  readonly time_to_restore: Spread;
  /** The same number of days before. */
  readonly previous: Figures;
  /** One entry for each day, oldest first. */
  readonly points: readonly DailyFigures[];
}

/** A new API token. */
export interface NewToken {
  /** The GitHub account that can also sign in as this token. */
  readonly github: string | null;
  /** The name of its creator; `null`: an operator, or not known. */
  readonly created_by: string | null;
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  /** Only these apps; `null`: all. */
  readonly apps: readonly number[] | null;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  /** Returned only once; only its hash is stored. */
  readonly token: string;
}

/** AWS resources of the installation that belong to no app. */
export interface Orphans {
  /** When they were looked for last; `null`: not yet. */
  readonly checked_at: string | null;
  /** By kind and name. `app_id` is the app that it was made for and that is gone. */
  readonly orphans: readonly {
    readonly kind: string;
    readonly name: string;
    readonly app_id: number | null;
  }[];
  /** What could not be looked for. */
  readonly unchecked: readonly {
    readonly kind: string;
    readonly reason: string;
  }[];
}

/** A release whose image is kept, so that you can roll back to it. */
export interface Release {
  readonly deployment_id: number;
  readonly image_digest: string;
  readonly commit_hash: string;
  readonly released_at: string;
  readonly live: boolean;
}

export type Role = "viewer" | "deployer" | "admin";

/** A command that runs once, as a task with the image and configuration of a release. */
export interface Run {
  readonly id: number;
  readonly app_id: number;
  /** Whose release it runs in. */
  readonly deployment_id: number;
  readonly process: string;
  /** In place of the image's `CMD`; an `ENTRYPOINT` gets it as arguments. */
  readonly command: readonly string[];
  readonly trigger: "manual" | "cron" | "release";
  readonly actor: string;
  readonly actor_id: string | null;
  readonly status: "pending" | "running" | "succeeded" | "failed" | "cancelled";
  /** How it goes, or why it ended so. */
  readonly message: string;
  /** Of the command; `null`: it has not ended, or did not start. */
  readonly exit_code: number | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** When it is stopped, unless it is over by then. */
  readonly deadline_at: string | null;
  readonly cancel_requested_at: string | null;
  /** The id of its task in ECS. */
  readonly task: string | null;
}

/** Who is signed in. */
export interface Session {
  /** Who it is: `token#<id>`, also for a session of that token. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Only these apps; `null`: all. */
  readonly apps: readonly number[] | null;
  /** Value of the header `X-Slipway-CSRF` for writes with the session cookie; `null` without a cookie. */
  readonly csrf: string | null;
  /** Send it as a bearer token; `null` if the session is in a cookie. */
  readonly session: string | null;
}

/** The ways to sign in. */
export interface SignInMethods {
  readonly token: boolean;
  readonly github: boolean;
  /** `local`: a link from `slipway open` also signs in; `loopback`: no sign-in is needed. */
  readonly mode: "required" | "local" | "loopback";
}

/** A request that the new version must answer as expected before it gets traffic. */
export interface SmokeCheck {
  readonly path: string;
  readonly expect_status: number;
}

/** 50% of the values are at most `p50`, and 95% at most `p95`, in whole seconds; `null`: no values. */
export interface Spread {
  readonly p50: number | null;
  readonly p95: number | null;
}

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

/** The state of a deployment: `data` of a `status` event. */
export interface Status {
  readonly deployment_id: number;
  /** Equals `stage`. */
  readonly status: Stage;
  readonly stage: Stage;
  /** In percent. */
  readonly progress: number;
  readonly message: string;
  /** `""` if there is none. */
  readonly error_message: string;
  /** Strictly increasing, with gaps. */
  readonly version: number;
  readonly failed_stage: Stage | null;
  readonly rolled_back: boolean;
  /** Whether this is the last message about the deployment. */
  readonly log_complete: boolean;
}

/** How a release replaces the previous one. Durations are whole minutes. */
export type Strategy =
  | {
      readonly type: "rolling";
      readonly smoke_check?: SmokeCheck;
    }
  | {
      readonly type: "blue_green";
      readonly bake_minutes: number;
      readonly smoke_check?: SmokeCheck;
    }
  | {
      readonly type: "linear";
      readonly step_percent: number;
      readonly step_bake_minutes: number;
      readonly bake_minutes: number;
      readonly smoke_check?: SmokeCheck;
    }
  | {
      readonly type: "canary";
      readonly percent: number;
      readonly canary_bake_minutes: number;
      readonly bake_minutes: number;
      readonly smoke_check?: SmokeCheck;
    };

/** How a release replaces the previous one. Durations are whole minutes. */
export type StrategyInput =
  | {
      readonly type: "rolling";
      readonly smokeCheck?: {
        readonly path: string;
        readonly expectStatus: number;
      };
    }
  | {
      readonly type: "blue_green";
      readonly bakeMinutes?: number;
      readonly smokeCheck?: {
        readonly path: string;
        readonly expectStatus: number;
      };
    }
  | {
      readonly type: "linear";
      readonly stepPercent?: number;
      readonly stepBakeMinutes?: number;
      readonly bakeMinutes?: number;
      readonly smokeCheck?: {
        readonly path: string;
        readonly expectStatus: number;
      };
    }
  | {
      readonly type: "canary";
      readonly percent?: number;
      readonly canaryBakeMinutes?: number;
      readonly bakeMinutes?: number;
      readonly smokeCheck?: {
        readonly path: string;
        readonly expectStatus: number;
      };
    };

/** A task of an app. Of those that stopped only those that were not to, for about an hour. */
export interface Task {
  /** Its id in ECS. */
  readonly task: string;
  /** `web`: the one that answers requests. */
  readonly process: string;
  /** Of which release it is; `null`: not known. */
  readonly deployment_id: number | null;
  readonly state: "starting" | "running" | "stopping" | "stopped";
  /** What the load balancer's health check says of a running task; `null`: it is not checked. */
  readonly health: "healthy" | "unhealthy" | "starting" | null;
  /** Since when it is in this state. */
  readonly since: string;
  /** Of a task that stopped. */
  readonly exit_code: number | null;
  /** Why it stopped or is unhealthy, as a sentence. */
  readonly reason: string | null;
}

/** For clients that cannot send headers with the WebSocket handshake. */
export interface Ticket {
  /** Opens one socket. */
  readonly ticket: string;
  readonly expires_at: string;
}

/** A stage that the deployment entered. */
export interface TimelineEntry {
  readonly stage: Stage;
  readonly entered_at: string;
  /** How long it lasted; `null` for the current or last stage. */
  readonly seconds: number | null;
  readonly message: string;
}

/** An API token, without its value. */
export interface Token {
  /** The GitHub account that can also sign in as this token. */
  readonly github: string | null;
  /** The name of its creator; `null`: an operator, or not known. */
  readonly created_by: string | null;
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  /** Only these apps; `null`: all. */
  readonly apps: readonly number[] | null;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}
