import type { Role } from "../ports/tokens.ts";
import { changeApp, createApp, deleteApp, listApps, listReleases, showApp, unpinApp } from "./apps.ts";
import { type Deed, listAudit, toApp, toDeployment, toGitHub, toSession, toToken } from "./audit.ts";
import {
  approveDeployment,
  cancelDeployment,
  createDeployment,
  createTicket,
  listDeployments,
  rejectDeployment,
  retryDeployment,
  rollbackDeployment,
  showDeployment,
} from "./deployments.ts";
import { ApiError } from "./errors.ts";
import { connectGitHubApp, forgetGitHubApp, showGitHubApp, startGitHubApp } from "./github-app.ts";
import { showAppMetrics, showMetrics } from "./metrics.ts";
import { login, logout, me } from "./sessions.ts";
import { createToken, listTokens, revokeToken } from "./tokens.ts";
import { type Answer, type ApiWorld, type Call, data } from "./world.ts";

export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** As `URLPattern` reads a path name; `:id` is a positive integer. */
  readonly path: string;
  /** The lowest role that may; `null`: anybody, without credentials. */
  readonly role: Role | null;
  readonly run: (world: ApiWorld, call: Call) => Promise<Answer>;
  /** What it is in the trail of who did what; `null`: a write that changes nothing for anybody else. */
  readonly deed?: Deed | null;
}

/** Every address of the REST API that this function answers. A new one is one entry. */
export const routes: readonly Route[] = [
  { method: "GET", path: "/api/health", role: null, run: health },
  { method: "POST", path: "/api/auth/login", role: null, run: login, deed: toSession("session.begin") },
  { method: "POST", path: "/api/auth/logout", role: null, run: logout, deed: null },
  { method: "GET", path: "/api/auth/me", role: "viewer", run: me },

  { method: "GET", path: "/api/apps", role: "viewer", run: listApps },
  { method: "POST", path: "/api/apps", role: "admin", run: createApp, deed: toApp("app.create") },
  { method: "GET", path: "/api/apps/:id", role: "viewer", run: showApp },
  { method: "PATCH", path: "/api/apps/:id", role: "admin", run: changeApp, deed: toApp("app.change") },
  { method: "DELETE", path: "/api/apps/:id", role: "admin", run: deleteApp, deed: toApp("app.delete") },
  { method: "POST", path: "/api/apps/:id/unpin", role: "deployer", run: unpinApp, deed: toApp("app.unpin") },
  { method: "GET", path: "/api/apps/:id/releases", role: "viewer", run: listReleases },
  { method: "GET", path: "/api/apps/:id/metrics", role: "viewer", run: showAppMetrics },
  { method: "GET", path: "/api/metrics", role: "viewer", run: showMetrics },

  { method: "GET", path: "/api/deployments", role: "viewer", run: listDeployments },
  {
    method: "POST",
    path: "/api/deployments",
    role: "deployer",
    run: createDeployment,
    deed: toDeployment("deployment.create"),
  },
  { method: "GET", path: "/api/deployments/:id", role: "viewer", run: showDeployment },
  {
    method: "POST",
    path: "/api/deployments/:id/cancel",
    role: "deployer",
    run: cancelDeployment,
    deed: toDeployment("deployment.cancel"),
  },
  {
    method: "POST",
    path: "/api/deployments/:id/retry",
    role: "deployer",
    run: retryDeployment,
    deed: toDeployment("deployment.retry"),
  },
  {
    method: "POST",
    path: "/api/deployments/:id/rollback",
    role: "deployer",
    run: rollbackDeployment,
    deed: toDeployment("deployment.rollback"),
  },
  {
    method: "POST",
    path: "/api/deployments/:id/approve",
    role: "deployer",
    run: approveDeployment,
    deed: toDeployment("deployment.approve"),
  },
  {
    method: "POST",
    path: "/api/deployments/:id/reject",
    role: "deployer",
    run: rejectDeployment,
    deed: toDeployment("deployment.reject"),
  },

  { method: "GET", path: "/api/tokens", role: "admin", run: listTokens },
  { method: "POST", path: "/api/tokens", role: "admin", run: createToken, deed: toToken("token.create") },
  { method: "DELETE", path: "/api/tokens/:id", role: "admin", run: revokeToken, deed: toToken("token.revoke") },

  { method: "GET", path: "/api/github/app", role: "admin", run: showGitHubApp },
  { method: "POST", path: "/api/github/app", role: "admin", run: connectGitHubApp, deed: toGitHub("github.connect") },
  { method: "DELETE", path: "/api/github/app", role: "admin", run: forgetGitHubApp, deed: toGitHub("github.forget") },
  { method: "POST", path: "/api/github/app/manifest", role: "admin", run: startGitHubApp, deed: null },

  { method: "GET", path: "/api/audit", role: "admin", run: listAudit },

  { method: "POST", path: "/api/tickets", role: "viewer", run: createTicket, deed: null },
  { method: "GET", path: "/api/events", role: "viewer", run: withoutUpgrade },
];

/** Addresses that other functions answer; named here so that a wrong method there is told apart from no address at all. */
export const elsewhere: readonly { readonly method: string; readonly path: string }[] = [
  { method: "GET", path: "/api/deployments/logs" },
  { method: "GET", path: "/api/deployments/:id/logs" },
  { method: "POST", path: "/api/apps/:id/notifications/test" },
  { method: "POST", path: "/api/webhooks/github" },
  { method: "POST", path: "/api/builds/claim" },
  { method: "POST", path: "/api/builds/report" },
];

async function health(world: ApiWorld): Promise<Answer> {
  await world.apps.list();
  return data({ status: "ok", time: world.now() });
}

/** The edge leads handshakes to the WebSocket API; what comes here is none. */
async function withoutUpgrade(): Promise<Answer> {
  throw new ApiError("websocket_required");
}
