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
  readonly architecture: "x86_64" | "arm64";
  /** If it is in `from_image`: what is used where the image exposes no port. */
  readonly port: number;
  /** If it is in `from_image`: what is used where the image's `HEALTHCHECK` requests no path. */
  readonly health_check_path: string;
  /** The settings that were not given, or given as `null`: each release takes them from its image. */
  readonly from_image: readonly ("port" | "health_check_path")[];
  readonly startup_seconds: number;
  readonly health_check_expect: string;
  readonly stop_seconds: number;
  readonly cpu: number;
  readonly memory: number;
  readonly instances: number;
  readonly scaling: Scaling | null;
  readonly role: string | null;
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
  readonly pause_reason: string | null;
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
  readonly processes: readonly Process[];
  readonly crons: readonly Cron[];
  readonly runs: boolean;
  readonly log_retention_days: number;
  readonly internal: boolean;
  readonly rename_grace_days: number;
  readonly domains: readonly Domain[];
  readonly notifications: readonly Endpoint[];
  /** Names that it had, which redirect to its present one and are reserved until then. */
  readonly former_names: readonly {
    readonly name: string;
    readonly until: string;
  }[];
  /** Whether deployments are reported to GitHub successfully; `null`: nothing was reported yet. */
  readonly github: {
    /** Since when notifications fail; `null`: they don't, as far as is known. */
    readonly failing_since: string | null;
    readonly last_error: string | null;
    readonly last_sent_at: string | null;
  } | null;
  /** The URL at which the app responds. A new `name` takes effect with the next release, but not with a rollback. */
  readonly url: string | null;
  /** The load balancer's address with the app's own port; `null`: with a domain it has none. */
  readonly direct_url: string | null;
  readonly live_deployment_id: number | null;
  /** Names of settings that the live release does not have yet: they take effect with the next one. */
  readonly pending_changes: readonly string[];
  /** What deserves attention although nothing is wrong, in sentences that say what to do. */
  readonly warnings: readonly string[];
  /** As in `GET /api/apps/{id}/status`; `null`: AWS did not respond in time. */
  readonly health: AppHealth | null;
  /** New pushes are skipped (`superseded`) until someone deploys or unpins this app. */
  readonly pinned: boolean;
  /** Who rolled it back. */
  readonly pinned_by: string | null;
  /** Who turned off automatic deploys, and when; `null` while pushes are deployed, or if it is not known. */
  readonly paused: {
    readonly by: string;
    readonly at: string;
  } | null;
  readonly webhook_url: string | null;
  /** An image with the state of the app; it needs no credentials. A path if the installation does not know its own URL; `null` for an app that is older than badges, until its settings change. */
  readonly badge_url: string | null;
  readonly created_at: string;
}

/** How the app is, by its tasks of all processes: `live` (as many are healthy as it is to have), `degraded` (fewer), `down` (none of `web`), or `none` (nothing was released yet). */
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

/** What the load balancer and the tasks of an app measured. */
export interface AppUsage {
  readonly app_id: number;
  readonly hours: number;
  /** 60 up to three hours, else 3600. */
  readonly period_seconds: number;
  readonly from: string;
  readonly to: string;
  /** Later values may still change: CloudWatch is a few minutes late. */
  readonly complete_until: string;
  /** When CloudWatch was asked; all viewers share what it answered. */
  readonly read_at: string;
  readonly series: readonly UsageSeries[];
  /** Oldest first. */
  readonly markers: readonly UsageMarker[];
}

export interface Approve {
  readonly reason?: string;
  /** During a freeze, for admins: why it is overridden. Ignored otherwise. */
  readonly override?: string;
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

export interface BeginFreeze {
  /** In the future, within 90 days. */
  readonly until: string;
  readonly reason: string;
}

/** How a deployment's image was made. */
export interface Build {
  /** `built`: at least one step ran; `cached`: every step came from the cache; `reused`: the image of an earlier deployment of the same source; `failed`: there is no image. */
  readonly outcome: "built" | "cached" | "reused" | "failed";
  /** In the order in which they started; of a build that failed, those until then. Of more than 100 steps, only the slowest ones. */
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
  /** Those that only the replaced release has, as with a rollback, newest first, at most 250. */
  readonly removed_commits: readonly {
    readonly hash: string;
    /** Its first line. */
    readonly message: string;
    readonly author: string;
  }[];
  /** Whether these are all, as with `commits_complete`. */
  readonly removed_commits_complete: boolean;
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
  /** What the image is built for, and what its tasks run on. It takes effect with the next build. The local mode always uses the machine's own. */
  readonly architecture?: "x86_64" | "arm64";
  /** The port that the app listens on, which it gets in `PORT`. Omitted or `null`: the one that its image exposes (`EXPOSE`), 3000 if there is none. */
  readonly port?: number | null;
  /** Must answer with a status in `healthCheckExpect`. Omitted or `null`: the path that the image's `HEALTHCHECK` requests, `/` if there is none. */
  readonly healthCheckPath?: string | null;
  /** How long the app may take to pass its health check after it starts, in seconds. */
  readonly startupSeconds?: number;
  /** Status codes of a healthy app, from 200 to 499: a code, a range, or several of them, separated by commas. */
  readonly healthCheckExpect?: string;
  /** How long a task may take to stop after SIGTERM, in seconds; then it is killed. Fargate waits for at least 2 seconds. */
  readonly stopSeconds?: number;
  /** CPU units of a task. */
  readonly cpu?: 256 | 512 | 1024 | 2048 | 4096;
  /** In MB: a value that Fargate supports for `cpu`, which is 512 or whole GB. */
  readonly memory?: number;
  /** How many tasks run. A request that names it and not `scaling` ends the scaling of an app. */
  readonly instances?: number;
  /** `null`: as many tasks run as `instances` says. */
  readonly scaling?: ScalingInput | null;
  /** The IAM role of the app's tasks, by its name. It must have the path of the installation, by default `/slipway/`, and trust `ecs-tasks.amazonaws.com`; `slipway roles template` prints one. `null`: a role without permissions. */
  readonly role?: string | null;
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
  /** Why pushes are not deployed, shown beside who turned that off. Dropped once they are deployed again. */
  readonly pauseReason?: string | null;
  readonly onNewPush?: "queue_latest" | "cancel_running";
  readonly afterRollback?: "hold" | "resume";
  readonly keepReleases?: number;
  readonly autoRollback?: boolean;
  readonly alarms?: {
    readonly errorPercent?: number | null;
    readonly latencyMs?: number | null;
  };
  readonly watchPaths?: readonly string[];
  /** What runs once before a release gets traffic, for example a migration; `null`: nothing. If it fails, so does the deployment. Rollbacks and redeploys run it only if asked to. */
  readonly releaseCommand?: readonly string[] | null;
  /** The release command is stopped when it ran for so long. */
  readonly releaseCommandMinutes?: number;
  /** What runs beside `web`, such as workers. A release is live only when all of it runs. Changes take effect with the next release, and a rollback restores them. */
  readonly processes?: readonly ProcessInput[];
  /** Commands that run by a schedule. Changes take effect with the next release, and a rollback restores them. */
  readonly crons?: readonly CronInput[];
  /** Whether one-off commands may be run. */
  readonly runs?: boolean;
  /** How many days what the app prints is kept. */
  readonly logRetentionDays?: 1 | 3 | 5 | 7 | 14 | 30 | 60 | 90 | 120 | 150 | 180 | 365 | 400 | 545 | 731;
  /** After a change of name: for how many days the old name redirects to the new one, with a domain. */
  readonly renameGraceDays?: number;
  /** Whether only apps of the installation reach it, over plain HTTP at a private name. Needs an installation with private names. It cannot be changed later. */
  readonly internal?: boolean;
  /** Domains of its own, at which it is reached beside its URL. International names are stored as Punycode. An apex domain such as `example.com` needs an ALIAS or ANAME record at your DNS provider. */
  readonly domains?: readonly string[];
  readonly notifications?: readonly EndpointInput[];
  readonly gitToken?: string | null;
}

/** A command that runs by a schedule, in the release that is live at that time. */
export interface Cron {
  readonly name: string;
  readonly schedule: string;
  readonly timezone: string;
  readonly command: readonly string[];
  readonly overlap: "skip" | "allow";
  readonly timeout_minutes: number;
}

/** A command that runs by a schedule, in the release that is live at that time. */
export interface CronInput {
  readonly name: string;
  /** Five cron fields (`0 3 * * *`), or as EventBridge Scheduler has it: `cron(0 3 * * ? *)`, `rate(5 minutes)`. */
  readonly schedule: string;
  /** A name of the IANA time zone database. */
  readonly timezone?: string;
  readonly command: readonly string[];
  /** `skip`: is skipped while an earlier run of it is still running. */
  readonly overlap?: "skip" | "allow";
  /** It is stopped when it ran for so long. */
  readonly timeoutMinutes?: number;
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
  /** How the image was made; `null`: there was no build, it has not succeeded, or this is a list. */
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

/** The running app before and after a deployment. */
export interface DeploymentUsage {
  readonly deployment_id: number;
  /** All of it was measured; it does not change any more. */
  readonly complete: boolean;
  /** The release that was live, in the 30 minutes before; `null`: there was none, or it is more than 15 days ago. */
  readonly before: ReleaseUsage | null;
  /** This release, in the 30 minutes after it was live, or while it was being released if it failed. */
  readonly after: ReleaseUsage | null;
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

/** Whether a repository has a Dockerfile, and one for it if it has none. */
export interface Dockerfile {
  /** Where the Dockerfile is, or belongs, relative to the repository's root. */
  readonly path: string;
  /** `null`: only a build can tell; `reason` says why. */
  readonly exists: boolean | null;
  /** One to read, commit and push. `null`: there is a Dockerfile, or nothing shows what the app is made with. */
  readonly proposal: {
    /** `a Node.js app with pnpm` */
    readonly of: string;
    /** The text of the file. */
    readonly dockerfile: string;
    /** The text of a `.dockerignore` beside it. */
    readonly dockerignore: string;
  } | null;
  /** Why nothing is known or proposed, as a sentence. */
  readonly reason: string | null;
}

/** A domain of an app. Its certificate is renewed as long as its records exist. */
export interface Domain {
  readonly name: string;
  readonly state: "pending_validation" | "issued" | "failed";
  /** What to create at the DNS provider: the record that proves ownership, and the one that leads to the app. */
  readonly records: readonly {
    readonly type: string;
    readonly name: string;
    readonly value: string;
  }[];
  /** Why it failed, or what it waits for besides its records; a sentence. */
  readonly reason: string | null;
}

/** A notification endpoint of an app. Its URL is never returned. */
export interface Endpoint {
  readonly id: string;
  readonly type: "slack" | "discord" | "webhook" | "email";
  /** What it is notified of: stages of deployments, and `run_failed`, a run of a cron that failed or did not start. */
  readonly events: readonly (
    | "pending"
    | "cloning"
    | "building"
    | "awaiting_approval"
    | "deploying"
    | "success"
    | "failed"
    | "cancelled"
    | "superseded"
    | "run_failed"
  )[];
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
      readonly events?: readonly (
        | "pending"
        | "cloning"
        | "building"
        | "awaiting_approval"
        | "deploying"
        | "success"
        | "failed"
        | "cancelled"
        | "superseded"
        | "run_failed"
      )[];
      readonly url?: string;
    }
  | {
      readonly type: "discord";
      readonly id?: string;
      readonly events?: readonly (
        | "pending"
        | "cloning"
        | "building"
        | "awaiting_approval"
        | "deploying"
        | "success"
        | "failed"
        | "cancelled"
        | "superseded"
        | "run_failed"
      )[];
      readonly url?: string;
    }
  | {
      readonly type: "webhook";
      readonly id?: string;
      readonly events?: readonly (
        | "pending"
        | "cloning"
        | "building"
        | "awaiting_approval"
        | "deploying"
        | "success"
        | "failed"
        | "cancelled"
        | "superseded"
        | "run_failed"
      )[];
      readonly url?: string;
      readonly secret?: string;
    }
  | {
      readonly type: "email";
      readonly id?: string;
      readonly events?: readonly (
        | "pending"
        | "cloning"
        | "building"
        | "awaiting_approval"
        | "deploying"
        | "success"
        | "failed"
        | "cancelled"
        | "superseded"
        | "run_failed"
      )[];
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

/** A time in which pushes are not deployed, and people deploy only by override. */
export interface Freeze {
  readonly reason: string;
  /** Who froze. */
  readonly actor: string;
  readonly actor_id: string | null;
  readonly since: string;
  /** It ends by itself then. */
  readonly until: string;
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

/** The domain below which apps have their names. */
export interface InstallationDomain {
  /** `null`: apps have ports and no names. */
  readonly name: string | null;
  /** Whether the records are in a hosted zone, where Slipway keeps them. */
  readonly hosted: boolean;
  /** Known once an app was released: the record for all names, and those of apps on another load balancer. */
  readonly records: readonly {
    readonly type: string;
    readonly name: string;
    readonly value: string;
  }[];
}

/** A new API token whose value whoever opens the link gets. */
export interface Invite {
  /** The GitHub account that can also sign in as this token. */
  readonly github: string | null;
  /** The name of its creator; `null`: an operator, or not known. */
  readonly created_by: string | null;
  /** `null`: made by an earlier version, which did not keep it. */
  readonly created_at: string | null;
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  /** Only these apps; `null`: all. */
  readonly apps: readonly number[] | null;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  /** When the link of its invitation expires; `null`: created without one. */
  readonly invited_until: string | null;
  /** The link to send to the person. Returned only once; it works once. */
  readonly url: string;
  readonly url_expires_at: string;
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
  /** `null`: made by an earlier version, which did not keep it. */
  readonly created_at: string | null;
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  /** Only these apps; `null`: all. */
  readonly apps: readonly number[] | null;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  /** When the link of its invitation expires; `null`: created without one. */
  readonly invited_until: string | null;
  /** Returned only once; only its hash is stored. */
  readonly token: string;
}

/** The run when it was over. */
export interface NotifiedRun {
  readonly id: number;
  readonly app_id: number;
  readonly deployment_id: number;
  readonly process: string;
  readonly command: readonly string[];
  readonly trigger: "manual" | "cron" | "release";
  readonly cron: string | null;
  readonly scheduled_at: string | null;
  readonly status: "pending" | "running" | "succeeded" | "failed" | "cancelled";
  readonly message: string;
  readonly exit_code: number | null;
  readonly actor: string;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly app_name: string;
}

/** AWS resources of the installation that belong to no app. */
export interface Orphans {
  /** When the last check ended; `null`: not yet. */
  readonly checked_at: string | null;
  /** By kind and name. `app_id` is the app that it was made for and that is gone. */
  readonly orphans: readonly {
    readonly kind: string;
    readonly name: string;
    readonly app_id: number | null;
  }[];
  /** What could not be checked, and why. */
  readonly unchecked: readonly {
    readonly kind: string;
    readonly reason: string;
  }[];
}

/** A command that runs all the time beside `web`, without a port, from the image of the release. */
export interface Process {
  readonly name: string;
  readonly command: readonly string[];
  readonly instances: number;
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly stop_seconds: number | null;
  readonly order: "after" | "before";
}

/** A command that runs all the time beside `web`, without a port, from the image of the release. */
export interface ProcessInput {
  /** In `process` of its tasks and lines. */
  readonly name: string;
  /** In place of the image's `CMD`; an `ENTRYPOINT` gets it as arguments. */
  readonly command: readonly string[];
  /** How many tasks run. */
  readonly instances?: number;
  /** CPU units of a task; `null`: as the app's. */
  readonly cpu?: 256 | 512 | 1024 | 2048 | 4096 | null;
  /** In MB; `null`: as the app's. */
  readonly memory?: number | null;
  /** How long a task may take to stop after SIGTERM, in seconds; `null`: as the app's. */
  readonly stopSeconds?: number | null;
  /** `after`: starts once the new version of `web` is healthy, before it gets traffic. `before`: starts first. */
  readonly order?: "after" | "before";
}

/** A release whose image is kept, so that you can roll back to it. */
export interface Release {
  readonly deployment_id: number;
  readonly image_digest: string;
  readonly commit_hash: string;
  readonly released_at: string;
  readonly live: boolean;
}

/** What a release was like for some minutes. */
export interface ReleaseUsage {
  readonly deployment_id: number;
  readonly from: string;
  readonly to: string;
  /** `null`: no traffic. */
  readonly requests: number | null;
  readonly requests_per_minute: number | null;
  readonly errors_4xx: number | null;
  readonly errors_5xx: number | null;
  /** 5xx responses divided by requests. */
  readonly error_rate: number | null;
  /** In milliseconds, of the median minute, as percentiles of minutes cannot be combined. */
  readonly latency_p50: number | null;
  readonly latency_p95: number | null;
  readonly latency_p99: number | null;
  /** By process: averages in percent, and tasks of this release that stopped unexpectedly. */
  readonly processes: Readonly<
    Record<
      string,
      {
        readonly cpu: number | null;
        readonly memory: number | null;
        readonly restarts: number;
      }
    >
  >;
}

export interface Retry {
  readonly reason?: string;
  /** During a freeze, for admins: why it is overridden. Ignored otherwise. */
  readonly override?: string;
}

export interface RetryDomain {
  readonly name: string;
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
  /** Of which cron of the app it is a run; `null`: of none. */
  readonly cron: string | null;
  /** When it was to run, as its schedule says. */
  readonly scheduled_at: string | null;
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

/** What a webhook endpoint receives that asked for `run_failed`. */
export interface RunNotification {
  readonly type: "run";
  /** A run of a cron failed or did not start. */
  readonly event: "run_failed";
  /** The same for every attempt. Ignore notifications that you have already received. */
  readonly delivery: string;
  /** What happened, in one line. */
  readonly summary: string;
  /** The runs of the app on the dashboard; `null`: the URL of the dashboard is not known. */
  readonly link: string | null;
  readonly data: NotifiedRun;
}

/** How many tasks run, by the average CPU use or the requests a minute of a task. */
export interface Scaling {
  readonly min: number;
  readonly max: number;
  readonly cpu_percent: number | null;
  readonly requests_per_task: number | null;
}

/** How many tasks run: as many as keep `cpuPercent` or `requestsPerTask`, one of which must be given. */
export interface ScalingInput {
  readonly min: number;
  readonly max: number;
  /** The average CPU use of the tasks to keep, in percent. */
  readonly cpuPercent?: number | null;
  /** The requests a minute for each task to keep. */
  readonly requestsPerTask?: number | null;
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
  /** `web`, which answers requests, or a process beside it. */
  readonly process: string;
  /** Of which release it is; `null`: not known. */
  readonly deployment_id: number | null;
  readonly state: "starting" | "running" | "stopping" | "stopped";
  /** What the load balancer's health check says of a running task of `web`; `null`: it is not checked. A task of another process is healthy when it has run for 60 seconds. */
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
  /** `null`: made by an earlier version, which did not keep it. */
  readonly created_at: string | null;
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  /** Only these apps; `null`: all. */
  readonly apps: readonly number[] | null;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  /** When the link of its invitation expires; `null`: created without one. */
  readonly invited_until: string | null;
}

/** A release, from `deploying` to its end, or an alarm that went off. */
export interface UsageMarker {
  readonly kind: "deployment" | "alarm";
  readonly at: string;
  /** `null`: it is not over. */
  readonly until: string | null;
  /** The deployment, or the one that was live or being released when the alarm went off. */
  readonly deployment_id: number | null;
  /** Of a deployment. */
  readonly stage: Stage | null;
  /** Of a deployment. */
  readonly rolled_back: boolean | null;
  /** Of an alarm: which one. */
  readonly alarm: "errors" | "latency" | null;
  readonly text: string;
}

/** The values of one metric. Percentiles (`latency_p50`, `latency_p95`, `latency_p99`) exist for each release only: they cannot be combined. While traffic shifts, both releases have values. */
export interface UsageSeries {
  readonly metric:
    | "requests"
    | "errors_4xx"
    | "errors_5xx"
    | "connection_errors"
    | "unhealthy_tasks"
    | "latency_p50"
    | "latency_p95"
    | "latency_p99"
    | "cpu"
    | "memory"
    | "tasks"
    | "restarts";
  readonly unit: "count" | "tasks" | "ms" | "percent";
  /** `web`: the one that answers requests. */
  readonly process: string;
  /** Of which release; `null`: of all of them. */
  readonly deployment_id: number | null;
  /** When the period of the first value begins. */
  readonly from: string;
  /** One value for each period; `null`: nothing was measured. */
  readonly values: readonly (number | null)[];
}

/** Who accepted an invitation, and is signed in. */
export interface Welcome {
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
  /** The API token, this once; `null`: the person signs in with the GitHub account from now on. */
  readonly token: string | null;
  /** The GitHub account that can also sign in as this token. */
  readonly github: string | null;
}
