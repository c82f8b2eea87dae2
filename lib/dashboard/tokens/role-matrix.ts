import type { Role } from "@slipway/monitor/client";

interface Permission {
  readonly name: string;
  /** The lowest role that has it. */
  readonly role: Role;
  /** Routes that stand for it; a test compares their roles. */
  readonly routes: readonly string[];
}

/** Who may do what. The API decides; this says it in words. */
export const permissions: readonly Permission[] = [
  {
    name: "View apps, settings, deployments, logs and metrics",
    role: "viewer",
    routes: ["GET /api/apps", "GET /api/apps/:id", "GET /api/deployments/:id/logs", "GET /api/metrics"],
  },
  {
    name: "Deploy, cancel and retry",
    role: "deployer",
    routes: [
      "POST /api/deployments",
      "POST /api/deployments/:id/cancel",
      "POST /api/deployments/:id/retry",
      "POST /api/apps/:id/redeploy",
    ],
  },
  {
    name: "Roll back and unpin",
    role: "deployer",
    routes: ["POST /api/deployments/:id/rollback", "POST /api/apps/:id/unpin"],
  },
  {
    name: "Approve and reject, if the app lists no other approvers",
    role: "deployer",
    routes: ["POST /api/deployments/:id/approve", "POST /api/deployments/:id/reject"],
  },
  {
    name: "Run and cancel one-off commands",
    role: "deployer",
    routes: ["POST /api/apps/:id/runs", "POST /api/runs/:id/cancel"],
  },
  {
    name: "Retry the certificate of a domain",
    role: "deployer",
    routes: ["POST /api/apps/:id/domains/retry"],
  },
  {
    name: "Send test notifications",
    role: "deployer",
    routes: ["POST /api/apps/:id/notifications/test"],
  },
  {
    name: "Create and delete apps, change their settings and secrets",
    role: "admin",
    routes: ["POST /api/apps", "PATCH /api/apps/:id", "DELETE /api/apps/:id"],
  },
  { name: "View the audit log", role: "admin", routes: ["GET /api/audit"] },
  {
    name: "Freeze deployments, end a freeze, and override it (freezing: admins of all apps)",
    role: "admin",
    routes: ["POST /api/freeze", "DELETE /api/freeze"],
  },
  {
    name: "Invite people, create and revoke tokens, connect GitHub (admins of all apps)",
    role: "admin",
    routes: [
      "GET /api/tokens",
      "POST /api/tokens",
      "DELETE /api/tokens/:id",
      "POST /api/invites",
      "POST /api/github/app",
      "DELETE /api/github/app",
      "POST /api/github/app/manifest",
    ],
  },
  {
    name: "See and look for AWS resources that belong to no app (admins of all apps)",
    role: "admin",
    routes: ["GET /api/orphans", "POST /api/orphans"],
  },
];

const rising: readonly Role[] = ["viewer", "deployer", "admin"];

export const roles = rising;

export const roleWords: Readonly<Record<Role, string>> = { viewer: "Viewer", deployer: "Deployer", admin: "Admin" };

export const has = (role: Role, permission: Permission): boolean =>
  rising.indexOf(role) >= rising.indexOf(permission.role);
