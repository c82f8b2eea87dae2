import type { ShownApp } from "../contract/answers/apps.ts";
import type { ShownDeployment } from "../contract/answers/deployments.ts";
import { type App, addressName } from "../core/app.ts";
import type { AppHealth } from "../core/app-status.ts";
import { pendingChanges } from "../core/configuration/differences.ts";
import type { BuildResult } from "../core/deployment/build-result.ts";
import type { Deployment, ListedDeployment } from "../core/deployment/deployment.ts";
import { type EndpointHealth, presentEndpoint, presentHealth } from "../core/endpoint.ts";
import { gitHubEndpoint } from "../core/notices/channels/github.ts";
import { secondsBetween } from "../core/time.ts";
import { warningsOf } from "./warnings.ts";

/** A deployment as the contract shows it. */
export function presentDeployment(
  row: ListedDeployment & Partial<Pick<Deployment, "build_result" | "served_image_bytes">>,
): ShownDeployment {
  return {
    id: row.id,
    app_id: row.app_id,
    commit_hash: row.commit_hash,
    commit_message: row.commit_message,
    branch: row.branch,
    status: row.stage,
    stage: row.stage,
    progress: row.progress,
    message: row.message,
    error_message: row.error_message,
    error_code: row.error_code,
    exit_code: row.exit_code,
    failed_stage: row.failed_stage,
    rolled_back: row.rolled_back,
    created_at: row.created_at,
    started_at: row.started_at,
    finished_at: row.finished_at,
    duration:
      row.started_at === null || row.finished_at === null ? null : secondsBetween(row.started_at, row.finished_at),
    trigger: row.trigger,
    actor: row.actor,
    actor_id: row.actor_id,
    reason: row.reason,
    image_digest: row.image_digest,
    url: row.url,
    rollback_of: row.rollback_of,
    from_deployment: row.from_deployment,
    promoted_to: row.promoted_to,
    configuration: row.configuration,
    cancel_requested_at: row.cancel_requested_at,
    deadline_at: row.deadline_at,
    timeline: row.timeline.map((entry, index) => {
      const left = row.timeline[index + 1]?.entered_at;
      const seconds = left === undefined ? null : secondsBetween(entry.entered_at, left);
      return { stage: entry.stage, entered_at: entry.entered_at, seconds, message: entry.message };
    }),
    build: presentBuild(row.build_result ?? null, row.served_image_bytes ?? null),
    log_complete: row.log_complete,
    version: row.version,
  };
}

function presentBuild(result: BuildResult | null, before: number | null): ShownDeployment["build"] {
  if (result === null) return null;
  const { image_bytes } = result;
  return { ...result, image_bytes_change: image_bytes === null || before === null ? null : image_bytes - before };
}

/** Whether somebody who reads a deployment sees that it changed. The outbox, the polls and the deadline change without it. */
export function isVisibleChange(before: Deployment, after: Deployment): boolean {
  const seen = (row: Deployment) => JSON.stringify({ ...presentDeployment(row), version: null, deadline_at: null });
  return seen(before) !== seen(after);
}

/** Where an installation is reached; `""` where it is not known. */
export interface Addresses {
  readonly appUrl: string;
  /** Under which apps have names, over TLS. */
  readonly domain: string;
  /** Where apps are that only apps reach, with `{name}` for the app's; `""`: there can be none. */
  readonly privateUrl: string;
  /** Whether Route 53 has its zone. */
  readonly isHosted: boolean;
  readonly publicUrl: string;
}

/**
 * An app as the contract shows it. Secrets are names, and endpoints say whether they work, but not where they lie.
 * `health` is the app's, `healths` are its endpoints'.
 */
export function presentApp(
  app: App,
  addresses: Addresses,
  healths: readonly EndpointHealth[],
  health: AppHealth | null,
  domains: ShownApp["domains"],
): ShownApp {
  const { url, warnings } = reachedAt(app, addresses);
  const { secret_versions: _, build_secret_versions: __, ...settings } = app.settings;
  return {
    id: app.id,
    ...settings,
    github: gitHubHealth(app, healths),
    domains,
    former_names: app.former_names,
    notifications: app.settings.notifications.map((endpoint) => presentEndpoint(endpoint, healths)),
    url,
    direct_url: app.settings.internal || app.load_balancer_url?.startsWith("https:") ? null : app.load_balancer_url,
    live_deployment_id: app.live_deployment_id,
    pending_changes: pendingChanges(app),
    warnings: [...warnings, ...warningsOf(app)],
    health,
    pinned: app.pinned,
    pinned_by: app.pinned_by,
    paused: app.paused,
    webhook_url: addresses.publicUrl === "" ? null : `${addresses.publicUrl}/api/webhooks/github`,
    badge_url: app.badge_key === null ? null : `${addresses.publicUrl}${badgePath(app.id, app.badge_key)}`,
    created_at: app.created_at,
  };
}

/** Where an app is reached, and what its owner should know of that. */
function reachedAt(
  { load_balancer_url: direct, ...app }: App,
  { appUrl, domain, privateUrl }: Addresses,
): { readonly url: string | null; readonly warnings: string[] } {
  if (app.settings.internal)
    return { url: privateUrl === "" ? null : privateUrl.replace("{name}", addressName(app)), warnings: [] };
  const named = appUrl === "" ? null : appUrl.replace("{name}", addressName(app));
  // Its release is from before there was a domain: the name leads nowhere yet.
  const isByPort = domain !== "" && direct !== null && direct.startsWith("http:");
  if (isByPort) return { url: direct, warnings: [`${httpOnly} Deploy the app to reach it at ${named}.`] };
  if (named === null) return { url: direct, warnings: [`${httpOnly} Install Slipway with a domain to use TLS.`] };
  return { url: named, warnings: [] };
}

const httpOnly = "HTTP only, for trying it out: visitors reach this app unencrypted.";

const badgePath = (id: number, key: string): string => `/api/apps/${id}/badge.svg?key=${key}`;

/** How reporting the app's deployments to GitHub goes; `null`: none was ever reported. */
function gitHubHealth({ settings }: App, healths: readonly EndpointHealth[]) {
  const { id, addressed_at } = gitHubEndpoint(settings.repo_url);
  const health = healths.find((one) => one.endpoint_id === id && one.addressed_at === addressed_at);
  return health === undefined ? null : presentHealth(health);
}
