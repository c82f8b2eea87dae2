import type { Holder } from "../core/access/credential.ts";
import type { Principal } from "../core/access/principal.ts";
import type { Logger } from "../core/logger.ts";
import type { Audit, Requests, Tokens } from "../core/ports/access.ts";
import type { AppRoles } from "../core/ports/app-roles.ts";
import type { Apps, Freezes, Secrets } from "../core/ports/apps.ts";
import type { SharedImages } from "../core/ports/builds.ts";
import type { Deployments } from "../core/ports/deployments.ts";
import type { DomainStore } from "../core/ports/domains.ts";
import type { GitTokens, Heads, Histories, Sources, WebhookSecret } from "../core/ports/git.ts";
import type { GitHubAccounts, GitHubApps, GitHubManifests } from "../core/ports/github.ts";
import type { Counters, OrphanReports, WorkQueue } from "../core/ports/infrastructure.ts";
import type { Outcomes } from "../core/ports/metrics.ts";
import type { EndpointAddresses, EndpointHealths, Outbound } from "../core/ports/notices.ts";
import type { PlacementStore, ReleaseRecords } from "../core/ports/releases.ts";
import type { Runs } from "../core/ports/runs.ts";
import type { AppTasks } from "../core/ports/tasks.ts";
import type { Restarts, SharedReadings, UsageMetrics } from "../core/ports/usage.ts";
import type { RetryDeps } from "../core/retry-on-conflict.ts";
import type { Addresses } from "./present.ts";

/** What the API depends on. */
export interface ApiDeps extends RetryDeps {
  readonly deployments: Deployments;
  readonly apps: Apps;
  readonly freezes: Freezes;
  readonly records: ReleaseRecords;
  readonly placements: Pick<PlacementStore, "get">;
  readonly domains: Omit<DomainStore, "remove">;
  readonly sharedImages: Pick<SharedImages, "share">;
  readonly runs: Runs;
  readonly tasks: AppTasks;
  readonly usage: UsageMetrics;
  readonly readings: SharedReadings;
  readonly restarts: Pick<Restarts, "list">;
  readonly outcomes: Outcomes;
  readonly audit: Audit;
  readonly roles: AppRoles;
  readonly counters: Counters;
  readonly requests: Requests;
  readonly tokens: Tokens;
  readonly secrets: Secrets;
  readonly gitTokens: Omit<GitTokens, "get">;
  readonly gitHubApps: GitHubApps;
  readonly gitHubAccounts: GitHubAccounts;
  readonly gitHubManifests: GitHubManifests;
  readonly webhookSecret: WebhookSecret;
  /** What people write they cannot read: reading is for whoever sends. */
  readonly endpointAddresses: Omit<EndpointAddresses, "get">;
  readonly endpointHealths: Pick<EndpointHealths, "list">;
  readonly outbound: Pick<Outbound, "objection">;
  readonly heads: Pick<Heads, "resolve">;
  readonly histories: Histories;
  readonly sources: Sources;
  readonly orphanReports: Pick<OrphanReports, "get">;
  readonly queue: WorkQueue;
  readonly addresses: Addresses;
  /** The origin of GitHub's pages. */
  readonly gitHubUrl: string;
  /** `local`: browsers are given their session as a bearer and never as a cookie, which apps on other ports would receive. */
  readonly authMode: "required" | "local" | "loopback";
  /** Origins of other pages that may call. */
  readonly allowedOrigins: readonly string[];
  /** Whether an app's repository may lie on this machine. */
  readonly localRepositories: boolean;
  /** From which address e-mails come; `""`: none are sent. */
  readonly mailFrom: string;
  readonly now: () => string;
  /** SHA-256, in hex. */
  readonly hash: (text: string) => string;
  /** A fresh secret of 32 random bytes, in hex. */
  readonly secret: () => string;
  readonly logger: Logger;
}

/** A request that was found in the route table, from somebody who may make it. */
export interface Call {
  readonly principal: Principal;
  /** What the caller's writes must repeat; `null`: they are not known by cookie. */
  readonly csrf: string | null;
  /** The route's method and path as in the table: `POST /api/deployments/:id/retry`. */
  readonly route: string;
  /** What the audit log calls it; `""`: nothing is recorded. */
  readonly action: string;
  /** What the principal stands on; `null`: on nothing that can be taken away. */
  readonly holder: Holder | null;
  /** Ids from the path. */
  readonly id: number;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed JSON; `undefined` without a body. */
  readonly body: unknown;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The caller's address. */
  readonly address: string;
}

export interface Answer {
  readonly status: number;
  /** Goes out as JSON, a string of another `type` as it is. */
  readonly body: unknown;
  /** The media type, where it is not JSON. */
  readonly type?: string;
  /** When it took effect, where the body does not say so: whoever records it for the audit log then records the same entry. */
  readonly at?: string;
  /** The request changed nothing, because an earlier one did all of it: the audit log has that one. */
  readonly isRepeat?: boolean;
  /** What has to be done before it is sent and was begun: the audit log does not wait for it. */
  readonly underWay?: Promise<void>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `{success, data}`, as all but the deployments' own POSTs answer. */
export const data = (value: unknown, status = 200, extra: Readonly<Record<string, unknown>> = {}): Answer => ({
  status,
  body: { success: true, ...extra, data: value },
});
