import { describe, expect, test } from "@jest/globals";
import type { BuildSeen } from "../../lib/core/deployment/event.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

const now = "2026-01-01T00:00:00.000Z";
const finished = (exit_code: number): NonNullable<BuildSeen["finished"]> => ({
  outcome: "failed",
  stage: "building",
  code: "build_failed",
  message: null,
  exit_code,
  image_digest: null,
});

/** What every {@link BuildReports} promises. */
export function buildReportsContract(ports: PortOf<"reports">): void {
  describe("build reports", () => {
    test("of several who open a record one ticket stands, and all get it", async () => {
      const id = freshId();
      const opened = await atOnce(5, (index) => ports().reports.open(id, 1, `ticket ${index}`, now));
      expect(new Set(opened.map(({ ticket }) => ticket)).size).toBe(1);
      expect(await ports().reports.get(id, 1)).toEqual({
        ticket: opened[0]?.ticket,
        token_hash: null,
        created_at: now,
        cloned: null,
        step: null,
        finished: null,
      });
    });

    test("the attempts of a deployment have records of their own", async () => {
      const id = freshId();
      await ports().reports.open(id, 1, "first", now);
      expect(await ports().reports.get(id, 2)).toBeNull();
      expect((await ports().reports.open(id, 2, "second", now)).ticket).toBe("second");
    });

    test("a ticket is exchanged once; the same token again is fine", async () => {
      const id = freshId();
      await ports().reports.open(id, 1, "ticket", now);
      expect(await ports().reports.claim(id, 1, "guessed", "token")).toBe(false);
      expect(await ports().reports.claim(id, 1, "ticket", "token")).toBe(true);
      expect(await ports().reports.claim(id, 1, "ticket", "token")).toBe(true);
      expect(await ports().reports.claim(id, 1, "ticket", "another")).toBe(false);
      expect(await ports().reports.claim(id, 2, "ticket", "token")).toBe(false);
      expect((await ports().reports.get(id, 1))?.token_hash).toBe("token");
    });

    test("of several who claim at the same moment one gets the build", async () => {
      const id = freshId();
      await ports().reports.open(id, 1, "ticket", now);
      const claims = await atOnce(5, (index) => ports().reports.claim(id, 1, "ticket", `token ${index}`));
      expect(claims.filter(Boolean)).toHaveLength(1);
    });

    test("what is reported is added to what is known, and opening again forgets nothing", async () => {
      const id = freshId();
      await ports().reports.open(id, 1, "ticket", now);
      const cloned = { commit: "a".repeat(40), message: "Fix" };
      await ports().reports.report(id, 1, { cloned });
      await ports().reports.report(id, 1, { step: { number: 1, of: 3 } });
      await ports().reports.report(id, 1, { step: { number: 2, of: 3 } });
      await ports().reports.report(id, 1, {});
      const known = { ticket: "ticket", cloned, step: { number: 2, of: 3 }, finished: null };
      expect(await ports().reports.open(id, 1, "late", now)).toMatchObject(known);
    });

    test("the first `finished` stands: nothing that comes later changes it", async () => {
      const id = freshId();
      await ports().reports.open(id, 1, "ticket", now);
      await ports().reports.report(id, 1, { step: { number: 3, of: 3 }, finished: finished(1) });
      await ports().reports.report(id, 1, { finished: finished(2) });
      await ports().reports.report(id, 1, { step: { number: 1, of: 3 } });
      expect(await ports().reports.get(id, 1)).toMatchObject({ finished: finished(1), step: { number: 3, of: 3 } });
    });

    test("reports of a build that nobody ordered come to nothing", async () => {
      const id = freshId();
      await ports().reports.report(id, 1, { finished: finished(1) });
      expect(await ports().reports.get(id, 1)).toBeNull();
    });
  });
}
