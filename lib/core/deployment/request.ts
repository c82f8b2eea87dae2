import { stageFacts } from "@slipway/monitor/stages";
import type { App } from "../app.ts";
import { withSettingsOf } from "../configuration/configuration.ts";
import { stageMessages } from "../stage.ts";
import { plusSeconds } from "../time.ts";
import { pollSeconds, stageSeconds } from "./deadline.ts";
import type { Deployment } from "./deployment.ts";
import { withStoredText } from "./stored-text.ts";

/** What somebody asks for when they ask for a deployment. */
export interface DeploymentRequest {
  readonly id: number;
  readonly app: App;
  readonly trigger: Deployment["trigger"];
  /** As people read it. */
  readonly actor: string;
  /** Who it is: `token#<id>`, `github#<account id>`, `local`. `null` or absent: nobody with an identity here. */
  readonly actor_id?: string | null;
  readonly reason: string | null;
  readonly branch: string;
  /** `""`: the branch's head, found later. */
  readonly commit: { readonly hash: string; readonly message: string };
  /** A digest that is released without a build. */
  readonly image_digest: string | null;
  readonly rollback_of: number | null;
  /** Whose repository has the image that is released without a build; absent: the app's own. */
  readonly image_app_id?: number | null;
  /** The deployment of another app whose image it is. */
  readonly from_deployment?: number | null;
  /** The deployment whose configuration it has; absent: it gets the app's when it leaves `pending`. */
  /** Of a rollback; absent: it restores the configuration. */
  readonly rollback_configuration?: Deployment["rollback_configuration"];
  /** Of a rollback or a redeploy: whether the release command runs; absent: it does not. */
  readonly asks_release_command?: boolean;
  readonly configuration_of?: Pick<Deployment, "settings">;
  /** Whether its build uses what earlier builds left; absent: as the app's settings say. */
  readonly build_cache?: boolean;
  /** Of a push: the commit that the branch was at before; `""`: not known. */
  readonly pushed_from?: string;
}

/** The first version of a deployment's row: it waits to be admitted to its app's lane. */
export function requestDeployment(request: DeploymentRequest, now: string): Deployment {
  const message = stageMessages.pending;
  const [progress] = stageFacts.pending.progress ?? [0];
  const kept = request.configuration_of?.settings;
  const settings =
    kept === undefined ? request.app.settings : withSettingsOf(request.app.settings, kept, "build", "release");
  // The values that a retry's build had may be gone, or be why it failed: it gets the present ones.
  const build_secret_versions =
    request.image_digest === null ? request.app.settings.build_secret_versions : settings.build_secret_versions;
  return withStoredText({
    id: request.id,
    app_id: request.app.id,
    commit_hash: request.commit.hash,
    commit_message: request.commit.message,
    branch: request.branch,
    stage: "pending",
    progress,
    message,
    error_message: null,
    error_code: null,
    exit_code: null,
    failed_stage: null,
    rolled_back: false,
    created_at: now,
    started_at: null,
    finished_at: null,
    trigger: request.trigger,
    actor: request.actor,
    actor_id: request.actor_id ?? null,
    reason: request.reason,
    image_digest: request.image_digest,
    url: null,
    rollback_of: request.rollback_of,
    from_deployment: request.from_deployment ?? null,
    promoted_to: [],
    configuration: null,
    pushed_from: request.pushed_from ?? null,
    cancel_requested_at: null,
    timeline: [{ stage: "pending", entered_at: now, progress, message, version: 1 }],
    log_complete: false,
    version: 1,
    status_version: 1,
    image_app_id: request.image_app_id ?? null,
    settings: { ...settings, build_secret_versions },
    rollback_configuration: request.rollback_configuration ?? "as_released",
    asks_release_command: request.asks_release_command ?? false,
    keeps_configuration: kept !== undefined,
    live_before: null,
    build_cache: request.build_cache ?? settings.build_cache,
    build_key: null,
    built_at: null,
    reused_from: null,
    build: null,
    build_result: null,
    build_prepared: false,
    image_settings: null,
    served_image_bytes: null,
    release: null,
    release_command: null,
    processes: null,
    ending: null,
    outbox: request.from_deployment ? [{ type: "enter_lane" }, { type: "note_promotion" }] : [{ type: "enter_lane" }],
    enqueued: request.from_deployment ? ["enter_lane", "note_promotion"] : ["enter_lane"],
    lines: 0,
    lease: null,
    start_taken_over_at: null,
    resolve_attempts: 0,
    deadline_at: plusSeconds(now, stageSeconds({ settings }, "pending") ?? 0),
    next_poll_at: plusSeconds(now, pollSeconds("pending")),
  });
}
