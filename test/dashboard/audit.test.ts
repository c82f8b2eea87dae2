import { expect, test } from "@jest/globals";
import type { AuditEntry } from "@slipway/monitor/client";
import { routes } from "../../lib/api/routes.ts";
import { auditWordsOf, detailsOf } from "../../lib/dashboard/audit/audit-actions.ts";

const entry = (action: string, details: AuditEntry["details"] = {}): AuditEntry => ({
  id: "2026-01-01T00:00:00.000Z#1",
  at: "2026-01-01T00:00:00.000Z",
  actor: "ada",
  actor_id: "token#2",
  role: "admin",
  action,
  app_id: null,
  deployment_id: null,
  details,
  address: "192.0.2.1",
});

/** What each route that changes something records in the audit log. */
const actions = routes.flatMap(({ audit }) => (audit ? [audit.action] : []));

test.each(actions)("%s is described in words", (action) => {
  expect(auditWordsOf(entry(action))).not.toBe(action);
});

test("what else was said stands in a line, and nothing that was not said", () => {
  expect(detailsOf(entry("app.change", { fields: ["port", "env"] }))).toBe("Settings: port, env");
  const changes = [
    { name: "port", before: 3000, after: 4000 },
    { name: "env", before: { LEVEL: "info" }, after: { LEVEL: "debug", NEW: "1" } },
    { name: "KEY", changed: true },
  ];
  expect(detailsOf(entry("app.change", { fields: ["port", "env"], changes }))).toBe(
    "Settings: port: 3000 → 4000, env.LEVEL: info → debug, env.NEW: none → 1, KEY (changed)",
  );
  expect(detailsOf(entry("token.create", { token_id: 3, name: "ci", role: "viewer", apps: null }))).toBe(
    "Token: 3 · Name: ci · Role: viewer",
  );
  expect(detailsOf(entry("deployment.create", { branch: "main", commit_hash: "a".repeat(40) }))).toBe(
    "Branch: main · Commit: aaaaaaa",
  );
});
