import { describe, expect, test } from "@jest/globals";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import type { DeploymentQuery } from "../../lib/core/ports/deployments.ts";
import { someDeployment } from "../support/deployments.ts";
import { eventually } from "../support/local-mode.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

const all: DeploymentQuery = { apps: null, stage: null, limit: 100, before: null };
const ids = (rows: readonly Pick<Deployment, "id">[]): number[] => rows.map(({ id }) => id);

type Rows = PortOf<"deployments">;

async function stored(ports: Rows, change: Partial<Deployment> = {}): Promise<Deployment> {
  const row = someDeployment({ id: freshId(), ...change });
  expect(await ports().deployments.create(row)).toBe(true);
  return row;
}

/** What every {@link Deployments} promises of single rows. */
export function deploymentsContract(ports: Rows): void {
  describe("deployments", () => {
    test("a row is read as it was written", async () => {
      const row = await stored(ports, { commit_message: "Grüße ✓", next_poll_at: null, deadline_at: null });
      expect(await ports().deployments.get(row.id)).toEqual(row);
      expect(await ports().deployments.get(freshId())).toBeNull();
    });

    test("of several who create the same id one succeeds, and the row is theirs", async () => {
      const id = freshId();
      const tries = await atOnce(5, (index) =>
        ports().deployments.create(someDeployment({ id, actor: `person ${index}` })),
      );
      expect(tries.filter(Boolean)).toHaveLength(1);
      expect((await ports().deployments.get(id))?.actor).toBe(`person ${tries.indexOf(true)}`);
    });

    test("of several who replace the same version one succeeds, and nothing of the others is seen", async () => {
      const row = await stored(ports);
      const tries = await atOnce(5, (index) =>
        ports().deployments.replace({ ...row, version: 2, message: `change ${index}` }),
      );
      expect(tries.filter(Boolean)).toHaveLength(1);
      expect(await ports().deployments.get(row.id)).toMatchObject({
        version: 2,
        message: `change ${tries.indexOf(true)}`,
      });
      expect(await ports().deployments.replace({ ...row, version: 4 })).toBe(false);
    });

    test("what does not exist is not replaced into being", async () => {
      const id = freshId();
      expect(await ports().deployments.replace(someDeployment({ id, version: 2 }))).toBe(false);
      expect(await ports().deployments.get(id)).toBeNull();
    });
  });
}

/** What every {@link Deployments} promises of lists. */
export function deploymentListsContract(ports: Rows): void {
  describe("lists of deployments", () => {
    /** Lists are eventually consistent. */
    const lists = (query: DeploymentQuery, expected: readonly number[], more: boolean): Promise<boolean> =>
      eventually(`${expected} in ${JSON.stringify(query)}`, async () => {
        const found = await ports().deployments.list(query);
        const same = JSON.stringify(ids(found.deployments)) === JSON.stringify(expected) && found.more === more;
        return same ? true : undefined;
      });

    test("an app's deployments are listed newest first, page by page", async () => {
      const app_id = freshId();
      const [a, b, c] = [
        await stored(ports, { app_id }),
        await stored(ports, { app_id }),
        await stored(ports, { app_id }),
      ];
      const query = { ...all, apps: [app_id] };
      await lists(query, [c.id, b.id, a.id], false);
      await lists({ ...query, limit: 2 }, [c.id, b.id], true);
      await lists({ ...query, limit: 2, before: b.id }, [a.id], false);
      await lists({ ...query, before: a.id }, [], false);
    });

    test("several apps are listed as one list, and no app as none", async () => {
      const [one, two, other] = [freshId(), freshId(), freshId()];
      const a = await stored(ports, { app_id: one });
      const b = await stored(ports, { app_id: two });
      await stored(ports, { app_id: other });
      const c = await stored(ports, { app_id: one });
      await lists({ ...all, apps: [one, two] }, [c.id, b.id, a.id], false);
      await lists({ ...all, apps: [two, one], limit: 1 }, [c.id], true);
      await lists({ ...all, apps: [] }, [], false);
    });

    test("a stage is listed for one app and for all, and a row is listed in the stage it has now", async () => {
      const app_id = freshId();
      const a = await stored(ports, { app_id, stage: "cloning" });
      const b = await stored(ports, { app_id });
      const c = await stored(ports, { app_id, stage: "cloning" });
      await lists({ ...all, apps: [app_id], stage: "cloning" }, [c.id, a.id], false);
      await lists({ ...all, stage: "cloning", limit: 1 }, [c.id], true);
      expect(await ports().deployments.replace({ ...a, stage: "building", version: 2 })).toBe(true);
      await lists({ ...all, apps: [app_id], stage: "cloning" }, [c.id], false);
      await lists({ ...all, apps: [app_id], stage: "building" }, [a.id], false);
      await lists({ ...all, apps: [app_id] }, [c.id, b.id, a.id], false);
    });

    test("without an app all are listed newest first, whatever their stage", async () => {
      const a = await stored(ports, { stage: "deploying" });
      const b = await stored(ports, { stage: "success" });
      const c = await stored(ports, { stage: "pending" });
      await lists({ ...all, limit: 3 }, [c.id, b.id, a.id], true);
      await lists({ ...all, limit: 2, before: c.id }, [b.id, a.id], true);
    });

    test("only unfinished deployments whose poll was due are overdue", async () => {
      const long = "2001-01-01T00:00:00.000Z";
      const due = await stored(ports, { next_poll_at: long });
      const later = await stored(ports, { next_poll_at: "2001-01-03T00:00:00.000Z" });
      const never = await stored(ports, { next_poll_at: null });
      const ended = await stored(ports, { next_poll_at: long, finished_at: long, outbox: [] });
      const owing = await stored(ports, { next_poll_at: long, finished_at: long, outbox: [{ type: "leave_lane" }] });
      const overdue = async () => ids(await ports().deployments.overdue("2001-01-02T00:00:00.000Z"));
      const found = await eventually("the overdue ones", async () => {
        const rows = await overdue();
        return rows.includes(due.id) && rows.includes(owing.id) ? rows : undefined;
      });
      for (const { id } of [later, never, ended]) expect(found).not.toContain(id);
      await ports().deployments.replace({ ...due, version: 2, next_poll_at: null });
      await eventually("the one that was read to be gone", async () =>
        (await overdue()).includes(due.id) ? undefined : true,
      );
    });

    test("unfinished deployments whose poll is due after a time are found by it", async () => {
      const due = await stored(ports, { next_poll_at: "2101-01-01T00:00:00.000Z" });
      const farAhead = await stored(ports, { next_poll_at: "2101-01-03T00:00:00.000Z" });
      const found = await eventually("the one far ahead", async () => {
        const rows = ids(await ports().deployments.dueAfter("2101-01-02T00:00:00.000Z"));
        return rows.includes(farAhead.id) ? rows : undefined;
      });
      expect(found).not.toContain(due.id);
    });
  });
}
