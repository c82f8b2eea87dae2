import { describe, expect, test } from "@jest/globals";
import type { AuditEntry } from "../../lib/core/access/audit.ts";
import type { Token } from "../../lib/core/access/credential.ts";
import { noDomains } from "../../lib/core/domains/domains.ts";
import type { Freeze } from "../../lib/core/freeze.ts";
import { requestRun } from "../../lib/core/run/decide.ts";
import type { Run } from "../../lib/core/run/run.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

const at = "2026-01-01T00:00:00.000Z";

function entryOn(app_id: number): AuditEntry {
  const facts = { at, actor: "ada", actor_id: "token#2", role: "admin", deployment_id: null, details: {} } as const;
  return { ...facts, id: `${at}#${freshId()}`, action: "something.change", app_id, address: "192.0.2.1" };
}

/** How many of these changes took effect, and how many entries the audit log has of them. */
async function counted(
  ports: PortOf<"audit">,
  app_id: number,
  change: (entry: AuditEntry) => Promise<boolean | string>,
): Promise<{ readonly took: number; readonly recorded: number }> {
  const outcomes = await atOnce(4, () => change(entryOn(app_id)));
  const took = outcomes.filter((outcome) => outcome === true || outcome === "replaced").length;
  return { took, recorded: (await ports().audit.list({ app: app_id, before: null, limit: 10 })).length };
}

const once = { took: 1, recorded: 1 };

/** A change and its entry in the audit log are both there, or neither. */
export function auditedContract(
  ports: PortOf<"audit" | "deployments" | "tokens" | "runs" | "freezes" | "domains">,
): void {
  describe("an entry of the audit log is there if and only if the change took effect:", () => {
    const token = (id: number, account: number | null): Token => ({
      kind: "token",
      id,
      principal: { name: "ci", role: "viewer", apps: null },
      expires_at: null,
      last_used_at: null,
      github: account === null ? null : { id: account, login: "ada" },
    });
    const run = (id: number): Run =>
      requestRun(
        {
          id,
          app_id: freshId(),
          deployment_id: 7,
          process: "web",
          command: ["true"],
          trigger: "manual",
          actor: "ada",
          actor_id: "token#2",
          timeout_minutes: 60,
          task_definition: "definition:1",
        },
        at,
      );

    test("a token", async () => {
      const { tokens } = ports();
      const [made, revoked, account, id] = [freshId(), freshId(), freshId(), freshId()];
      const put = (entry: AuditEntry) => tokens.put(`hash ${freshId()}`, token(freshId(), account), entry);
      expect(await counted(ports, made, put)).toEqual(once);
      await tokens.put(`hash ${freshId()}`, token(id, null));
      expect(await counted(ports, revoked, (entry) => tokens.revoke(id, entry))).toEqual(once);
    });

    test("a deployment", async () => {
      const { deployments } = ports();
      const [made, id] = [freshId(), freshId()];
      const row = someDeployment({ id });
      expect(await counted(ports, made, (entry) => deployments.create(row, entry))).toEqual(once);
      expect(await deployments.get(id)).toEqual(row);
    });

    test("a run", async () => {
      const { runs } = ports();
      const [made, changed] = [freshId(), freshId()];
      const first = run(freshId());
      expect(await counted(ports, made, (entry) => runs.create(first, entry))).toEqual(once);
      const next = { ...first, version: 2 };
      expect(await counted(ports, changed, (entry) => runs.replace(next, entry))).toEqual(once);
    });

    test("what was made for the domains of an app", async () => {
      const { domains } = ports();
      const [changed, app] = [freshId(), freshId()];
      const next = { ...noDomains(app), version: 1 };
      expect(await counted(ports, changed, (entry) => domains.replace(next, entry))).toEqual(once);
    });

    test("a freeze", async () => {
      const { freezes, audit } = ports();
      const [begun, ended] = [freshId(), freshId()];
      const freeze: Freeze = { reason: "Holidays", actor: "ada", actor_id: "token#2", since: at, until: at };
      await freezes.put(freeze, entryOn(begun));
      expect(await audit.list({ app: begun, before: null, limit: 10 })).toHaveLength(1);
      expect(await counted(ports, ended, (entry) => freezes.remove(freeze, entry))).toEqual(once);
    });
  });
}

/** The same of apps. */
export function auditedAppsContract(ports: PortOf<"audit" | "apps">): void {
  test("an entry of the audit log is there if and only if the change of an app took effect", async () => {
    const { apps } = ports();
    const [made, changed, unpinned, id] = [freshId(), freshId(), freshId(), freshId()];
    const app = someApp({ id, pinned: true, settings: someSettings({ name: `audited-${id}` }) });
    expect(await counted(ports, made, (entry) => apps.create(app, entry))).toEqual(once);
    const next = { ...app, version: 2 };
    expect(await counted(ports, changed, (entry) => apps.replace(next, app, entry))).toEqual(once);
    expect(await counted(ports, unpinned, (entry) => apps.unpin(id, entry))).toEqual(once);
  });
}
