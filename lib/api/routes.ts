import type { ShownHealth } from "../contract/answers/access.ts";
import type { Role } from "../core/access/principal.ts";
import { changeApp, createApp, deleteApp, listApps, listReleases, showApp, unpinApp } from "./apps.ts";
import { type Audited, listAudit, toDeployment, withChange } from "./audit.ts";
import { showBadge } from "./badge.ts";
import { showAppChanges, showDeploymentChanges } from "./changes.ts";
import {
  approveDeployment,
  cancelDeployment,
  createDeployment,
  createTicket,
  listDeployments,
  redeployApp,
  rejectDeployment,
  retryDeployment,
  rollbackDeployment,
  showDeployment,
} from "./deployments.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { showDockerfile } from "./dockerfile.ts";
import { showAsyncApi, showOpenApi, showReference } from "./documents.ts";
import { showDomainRecords } from "./domain-records.ts";
import { retryDomain } from "./domain-retry.ts";
import { ApiError } from "./errors.ts";
import { beginFreeze, endFreeze, showFreeze } from "./freeze.ts";
import { connectGitHubApp, forgetGitHubApp, showGitHubApp, startGitHubApp } from "./github-app.ts";
import { beginGitHubSignIn, endGitHubSignIn, showSignInMethods } from "./github-sign-in.ts";
import { acceptInvite, createInvite } from "./invites.ts";
import { showAppMetrics, showMetrics } from "./metrics.ts";
import { findOrphans, showOrphans } from "./orphans.ts";
import { cancelRun, createRun, listRuns, showRun } from "./runs.ts";
import { exchangeCode, login, logout, me } from "./sessions.ts";
import { showAppStatus } from "./status.ts";
import { createToken, listTokens, revokeToken } from "./tokens.ts";
import { showAppUsage, showDeploymentUsage } from "./usage.ts";

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** `:id`, at most once, is a positive integer. */
  readonly path: string;
  /** The lowest role that may; `null`: anybody, without credentials. */
  readonly role: Role | null;
  /** Whose pages may ask for it; without it only the control plane's own and those of allowed origins. `links`: whoever leads a person there. */
  readonly from?: "anywhere" | "links";
  readonly run: (deps: ApiDeps, call: Call) => Promise<Answer>;
  /** What it is in the audit log; `null`: a write that changes nothing for anybody else. */
  readonly audit?: Audited | null;
}

/** Every address of the REST API that this function answers. A new one is one entry, and what openapi/operations says of it. */
const own = [
  { method: "GET", path: "/api/health", role: null, from: "anywhere", run: health },
  { method: "GET", path: "/api/openapi.json", role: null, from: "anywhere", run: showOpenApi },
  { method: "GET", path: "/api/asyncapi.json", role: null, from: "anywhere", run: showAsyncApi },
  { method: "GET", path: "/api/docs", role: null, from: "anywhere", run: showReference },

  { method: "POST", path: "/api/auth/login", role: null, run: login, audit: withChange("session.begin") },
  { method: "POST", path: "/api/auth/exchange", role: null, run: exchangeCode, audit: withChange("session.begin") },
  { method: "POST", path: "/api/auth/invite", role: null, run: acceptInvite, audit: withChange("invite.accept") },
  { method: "POST", path: "/api/auth/logout", role: null, run: logout, audit: null },
  { method: "GET", path: "/api/auth/methods", role: null, run: showSignInMethods },
  { method: "GET", path: "/api/auth/github", role: null, from: "links", run: beginGitHubSignIn },
  { method: "GET", path: "/api/auth/github/callback", role: null, from: "links", run: endGitHubSignIn },
  { method: "GET", path: "/api/auth/me", role: "viewer", run: me },

  { method: "GET", path: "/api/apps", role: "viewer", run: listApps },
  { method: "POST", path: "/api/apps", role: "admin", run: createApp, audit: withChange("app.create") },
  { method: "GET", path: "/api/apps/:id", role: "viewer", run: showApp },
  { method: "PATCH", path: "/api/apps/:id", role: "admin", run: changeApp, audit: withChange("app.change") },
  { method: "DELETE", path: "/api/apps/:id", role: "admin", run: deleteApp, audit: withChange("app.delete") },
  { method: "POST", path: "/api/apps/:id/unpin", role: "deployer", run: unpinApp, audit: withChange("app.unpin") },
  {
    method: "POST",
    path: "/api/apps/:id/domains/retry",
    role: "deployer",
    run: retryDomain,
    audit: withChange("app.domain_retry"),
  },
  { method: "GET", path: "/api/apps/:id/changes", role: "viewer", run: showAppChanges },
  {
    method: "POST",
    path: "/api/apps/:id/redeploy",
    role: "deployer",
    run: redeployApp,
    audit: withChange("app.redeploy"),
  },
  { method: "GET", path: "/api/apps/:id/releases", role: "viewer", run: listReleases },
  { method: "GET", path: "/api/apps/:id/status", role: "viewer", run: showAppStatus },
  { method: "GET", path: "/api/apps/:id/usage", role: "viewer", run: showAppUsage },
  { method: "GET", path: "/api/apps/:id/badge.svg", role: "viewer", from: "anywhere", run: showBadge },
  { method: "GET", path: "/api/apps/:id/metrics", role: "viewer", run: showAppMetrics },
  { method: "GET", path: "/api/metrics", role: "viewer", run: showMetrics },
  { method: "GET", path: "/api/dockerfile", role: "admin", run: showDockerfile },

  { method: "GET", path: "/api/apps/:id/runs", role: "viewer", run: listRuns },
  { method: "POST", path: "/api/apps/:id/runs", role: "deployer", run: createRun, audit: withChange("run.create") },
  { method: "GET", path: "/api/runs/:id", role: "viewer", run: showRun },
  { method: "POST", path: "/api/runs/:id/cancel", role: "deployer", run: cancelRun, audit: withChange("run.cancel") },

  { method: "GET", path: "/api/deployments", role: "viewer", run: listDeployments },
  {
    method: "POST",
    path: "/api/deployments",
    role: "deployer",
    run: createDeployment,
    audit: withChange("deployment.create"),
  },
  { method: "GET", path: "/api/deployments/:id", role: "viewer", run: showDeployment },
  { method: "GET", path: "/api/deployments/:id/usage", role: "viewer", run: showDeploymentUsage },
  { method: "GET", path: "/api/deployments/:id/changes", role: "viewer", run: showDeploymentChanges },
  {
    method: "POST",
    path: "/api/deployments/:id/cancel",
    role: "deployer",
    run: cancelDeployment,
    audit: toDeployment("deployment.cancel"),
  },
  {
    method: "POST",
    path: "/api/deployments/:id/retry",
    role: "deployer",
    run: retryDeployment,
    audit: withChange("deployment.retry"),
  },
  {
    method: "POST",
    path: "/api/deployments/:id/rollback",
    role: "deployer",
    run: rollbackDeployment,
    audit: withChange("deployment.rollback"),
  },
  {
    method: "POST",
    path: "/api/deployments/:id/approve",
    role: "deployer",
    run: approveDeployment,
    audit: toDeployment("deployment.approve"),
  },
  {
    method: "POST",
    path: "/api/deployments/:id/reject",
    role: "deployer",
    run: rejectDeployment,
    audit: toDeployment("deployment.reject"),
  },

  { method: "GET", path: "/api/tokens", role: "admin", run: listTokens },
  { method: "POST", path: "/api/tokens", role: "admin", run: createToken, audit: withChange("token.create") },
  { method: "POST", path: "/api/invites", role: "admin", run: createInvite, audit: withChange("token.invite") },
  { method: "DELETE", path: "/api/tokens/:id", role: "admin", run: revokeToken, audit: withChange("token.revoke") },

  { method: "GET", path: "/api/github/app", role: "admin", run: showGitHubApp },
  {
    method: "POST",
    path: "/api/github/app",
    role: "admin",
    run: connectGitHubApp,
    audit: withChange("github.connect"),
  },
  {
    method: "DELETE",
    path: "/api/github/app",
    role: "admin",
    run: forgetGitHubApp,
    audit: withChange("github.forget"),
  },
  { method: "POST", path: "/api/github/app/manifest", role: "admin", run: startGitHubApp, audit: null },

  { method: "GET", path: "/api/freeze", role: "viewer", run: showFreeze },
  { method: "POST", path: "/api/freeze", role: "admin", run: beginFreeze, audit: withChange("freeze.begin") },
  { method: "DELETE", path: "/api/freeze", role: "admin", run: endFreeze, audit: withChange("freeze.end") },

  { method: "GET", path: "/api/audit", role: "admin", run: listAudit },

  { method: "GET", path: "/api/domain", role: "viewer", run: showDomainRecords },

  { method: "GET", path: "/api/orphans", role: "admin", run: showOrphans },
  { method: "POST", path: "/api/orphans", role: "admin", run: findOrphans, audit: null },

  { method: "POST", path: "/api/tickets", role: "viewer", run: createTicket, audit: null },
  { method: "GET", path: "/api/events", role: "viewer", run: withoutUpgrade },
] as const satisfies readonly Route[];
export const routes: readonly Route[] = own;

/** Addresses that other functions answer; named here so that a wrong method there is distinguished from no address at all. */
const others = [
  { method: "GET", path: "/api/deployments/logs", role: "viewer" },
  { method: "GET", path: "/api/deployments/:id/logs", role: "viewer" },
  { method: "GET", path: "/api/apps/:id/logs", role: "viewer" },
  { method: "GET", path: "/api/runs/:id/logs", role: "viewer" },
  { method: "POST", path: "/api/apps/:id/notifications/test", role: "deployer" },
  { method: "POST", path: "/api/webhooks/github", role: null },
  { method: "POST", path: "/api/builds/claim", role: null },
  { method: "POST", path: "/api/builds/credentials", role: null },
  { method: "POST", path: "/api/builds/report", role: null },
] as const satisfies readonly Omit<Route, "run">[];
export const elsewhere: readonly Omit<Route, "run">[] = others;

type NameOf<One> = One extends {
  readonly method: infer Method extends string;
  readonly path: infer Path extends string;
}
  ? `${Method} ${Path}`
  : never;
/** `GET /api/apps/:id`: each address with its method. */
export type RouteName = NameOf<(typeof own)[number] | (typeof others)[number]>;

async function health(deps: ApiDeps): Promise<Answer> {
  // Whether there is one does not matter: the table answers.
  await deps.apps.get(1);
  const shown: ShownHealth = { status: "ok", time: deps.now() };
  return data(shown);
}

/** The edge leads handshakes to the WebSocket API; what comes here is none. */
async function withoutUpgrade(): Promise<Answer> {
  throw new ApiError("websocket_required");
}
