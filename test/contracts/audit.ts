import { describe, expect, test } from "@jest/globals";
import type { AuditEntry } from "../../lib/core/access/audit.ts";
import { freshId, type PortOf } from "./ports.ts";

let second = 0;
/** Each later than the one before. */
function entry(app_id: number | null, change: Partial<AuditEntry> = {}): AuditEntry {
  const at = new Date(Date.parse("2026-01-01T00:00:00.000Z") + 1000 * ++second).toISOString();
  return {
    id: `${at}#${second}`,
    at,
    actor: "ada",
    actor_id: "token#2",
    role: "deployer",
    action: "deployment.cancel",
    app_id,
    deployment_id: 7,
    details: { reason: "not this one" },
    address: "192.0.2.1",
    ...change,
  };
}

export function auditContract(ports: PortOf<"audit">): void {
  describe("the audit log", () => {
    test("lists all of an app, newest first, as it was recorded", async () => {
      const { audit } = ports();
      const app = freshId();
      const entries = [entry(app), entry(app, { deployment_id: null, details: {} }), entry(app)];
      for (const one of entries) await audit.record(one);
      expect(await audit.list({ app, before: null, limit: 10 })).toEqual(entries.toReversed());
    });

    test("is read page by page", async () => {
      const { audit } = ports();
      const app = freshId();
      const entries = Array.from({ length: 5 }, () => entry(app));
      for (const one of entries) await audit.record(one);
      const first = await audit.list({ app, before: null, limit: 2 });
      const second = await audit.list({ app, before: first.at(-1)?.id ?? null, limit: 10 });
      expect([...first, ...second]).toEqual(entries.toReversed());
    });

    test("of all has what concerns no app too, and of an app nothing of another", async () => {
      const { audit } = ports();
      const [one, other] = [freshId(), freshId()];
      const entries = [entry(one), entry(other), entry(null, { action: "token.create", deployment_id: null })];
      for (const each of entries) await audit.record(each);
      expect(await audit.list({ app: null, before: null, limit: 3 })).toEqual(entries.toReversed());
      expect(await audit.list({ app: one, before: null, limit: 3 })).toEqual(entries.slice(0, 1));
    });

    test("has an entry that comes twice once", async () => {
      const { audit } = ports();
      const app = freshId();
      const one = entry(app);
      await audit.record(one);
      await audit.record(one);
      expect(await audit.list({ app, before: null, limit: 3 })).toEqual([one]);
    });
  });
}
