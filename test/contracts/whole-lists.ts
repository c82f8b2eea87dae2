import { describe, expect, test } from "@jest/globals";
import { toTimestamp } from "../../lib/core/time.ts";
import { someApp, someDeployment, someSettings } from "../support/deployments.ts";
import { eventually } from "../support/local-mode.ts";
import { someOutcome } from "../support/outcomes.ts";
import { freshId, type PortOf } from "./ports.ts";

/** Rows walked with a cursor, in pages of a hundred. */
const rows = Number(process.env.SLIPWAY_ROWS ?? 1500);
/** So many of the smallest rows take more than a page of a megabyte. */
const smallRows = Math.max(rows, 5000);
const timeoutMs = 600_000;
/** Nothing of it expires while a test runs. */
const at = (second: number): string => new Date(Date.parse("2100-01-01T00:00:00.000Z") + 1000 * second).toISOString();
/** So much that a few dozen of it fill a page of a megabyte. */
const fat = "x".repeat(30_000);
const many = 80;

const everyOne = async (count: number, make: (index: number) => Promise<unknown>): Promise<void> => {
  const left = Array.from({ length: count }, (_, index) => index);
  const work = async () => {
    for (let index = left.shift(); index !== undefined; index = left.shift()) await make(index);
  };
  await Promise.all(Array.from({ length: 16 }, work));
};

type Lists =
  | "deployments"
  | "apps"
  | "audit"
  | "tokens"
  | "connections"
  | "feeds"
  | "endpointHealths"
  | "records"
  | "marks"
  | "outcomes"
  | "log"
  | "secrets";

/** What every list promises that is larger than a page of the store: it is whole. */
export function wholeListsContract(ports: PortOf<Lists>): void {
  describe("lists larger than a page", () => {
    test(
      `${rows} deployments are walked with a cursor while new ones arrive: none is missed, none comes twice`,
      async () => {
        const { deployments } = ports();
        const apps = [freshId(), freshId(), freshId()];
        const create = (settings = someSettings()) => {
          const id = freshId();
          const app_id = apps[id % apps.length] ?? 0;
          // An index that held settings would have pages of a few rows.
          return deployments.create(someDeployment({ id, app_id, settings, reason: "y".repeat(400) }));
        };
        const large = someSettings({ env: { LARGE: fat } });
        const first = freshId();
        await everyOne(rows, (index) => create(index % 100 === 0 ? large : undefined));
        const last = freshId();
        for (const query of [{ apps }, { apps: null }]) {
          const isThere = async () =>
            (await deployments.list({ ...query, stage: null, limit: 1, before: last })).deployments[0]?.id === last - 1;
          await eventually("the newest row in the list", async () => ((await isThere()) ? true : undefined));
          const seen: number[] = [];
          let before: number | null = null;
          for (let more = true; more; ) {
            const page = await deployments.list({ ...query, stage: null, limit: 100, before });
            seen.push(...page.deployments.map(({ id }) => id).filter((id) => id > first && id < last));
            before = page.deployments.at(-1)?.id ?? null;
            more = page.more && before !== null && before > first;
            await create();
          }
          expect(seen).toEqual(Array.from({ length: last - first - 1 }, (_, index) => last - 1 - index));
        }
      },
      timeoutMs,
    );

    test(
      "one app's large rows hide nobody else's, and a stage is found however far back it lies",
      async () => {
        const { deployments } = ports();
        const [loud, quiet] = [freshId(), freshId()];
        const one = freshId();
        await deployments.create(someDeployment({ id: one, app_id: quiet, stage: "failed" }));
        const old = freshId();
        await deployments.create(someDeployment({ id: old, app_id: loud, stage: "failed" }));
        const settings = someSettings({ env: { LARGE: fat, LARGER: fat } });
        await everyOne(many, () =>
          deployments.create(someDeployment({ id: freshId(), app_id: loud, stage: "success", settings, reason: fat })),
        );
        const list = (apps: number[], stage: "failed" | null, limit: number) =>
          deployments.list({ apps, stage, limit, before: null });
        await eventually("all rows in the lists", async () =>
          (await list([loud, quiet], null, 100)).deployments.length === many + 2 ? true : undefined,
        );
        const all = await list([loud, quiet], null, 100);
        expect(all.deployments.slice(-2).map(({ id }) => id)).toEqual([old, one]);
        expect(all.more).toBe(false);
        const failed = await list([loud], "failed", 10);
        expect(failed.deployments.map(({ id }) => id)).toEqual([old]);
        expect(failed.more).toBe(false);
      },
      timeoutMs,
    );

    test(
      "overdue deployments are all listed, though many are large",
      async () => {
        const { deployments } = ports();
        const due: number[] = [];
        await everyOne(120, async () => {
          const id = freshId();
          due.push(id);
          const settings = someSettings({ env: { LARGE: fat } });
          await deployments.create(someDeployment({ id, settings, next_poll_at: "1999-01-01T00:00:00.000Z" }));
        });
        const overdue = async () => (await deployments.overdue("1999-01-02T00:00:00.000Z")).map(({ id }) => id);
        await eventually("all that are overdue", async () => {
          const found = await overdue();
          return due.every((id) => found.includes(id)) ? true : undefined;
        });
      },
      timeoutMs,
    );

    test(
      "apps",
      async () => {
        const { apps } = ports();
        const made = Array.from({ length: many }, () => freshId());
        for (const id of made)
          await apps.create(someApp({ id, settings: someSettings({ name: `large-${id}`, env: { LARGE: fat } }) }));
        const listed = (await apps.list()).map(({ id }) => id);
        expect(listed.filter((id) => made.includes(id))).toEqual(made);
        for (const id of made) {
          const app = await apps.get(id);
          if (app !== null) await apps.remove(app);
        }
      },
      timeoutMs,
    );

    test(
      "the audit log",
      async () => {
        const { audit } = ports();
        const app_id = freshId();
        // Before those of other tests, which look at the newest.
        const ids = Array.from(
          { length: many },
          (_, index) =>
            `2025-12-31T00:00:${String(index % 60).padStart(2, "0")}.${String(index).padStart(3, "0")}Z#${app_id}`,
        ).toSorted();
        const entry = {
          actor: "ada",
          actor_id: null,
          role: "admin",
          action: "app.change",
          deployment_id: null,
        } as const;
        for (const id of ids)
          await audit.record({ ...entry, id, at: id.slice(0, 24), app_id, details: { fat }, address: "192.0.2.1" });
        const list = async (before: string | null, limit: number) =>
          (await audit.list({ app: app_id, before, limit })).map(({ id }) => id);
        expect(await list(null, 100)).toEqual(ids.toReversed());
        const first = await list(null, many - 10);
        expect(first).toHaveLength(many - 10);
        expect([...first, ...(await list(first.at(-1) ?? null, 100))]).toEqual(ids.toReversed());
      },
      timeoutMs,
    );

    test(
      "tokens",
      async () => {
        const { tokens } = ports();
        const made = Array.from({ length: many }, () => freshId());
        for (const id of made)
          await tokens.put(`large ${id}`, {
            kind: "token",
            id,
            principal: { name: fat, role: "viewer", apps: null },
            expires_at: null,
            last_used_at: null,
            github: null,
          });
        await eventually("all tokens", async () => {
          const listed = (await tokens.list()).map(({ id }) => id);
          return made.every((id) => listed.includes(id)) ? true : undefined;
        });
        for (const id of made) await tokens.revoke(id);
      },
      timeoutMs,
    );

    test(
      "connections and feeds",
      async () => {
        const { connections, feeds } = ports();
        const id = freshId();
        const names = Array.from({ length: many }, (_, index) => `large-${String(index).padStart(3, "0")}`);
        const connected_at = toTimestamp(Date.now());
        const state = { after: 0, batch: false, live: false, snapshot_sent: false };
        const reach = { failures: 0, retry_at: null, closing: false };
        for (const connection_id of names) {
          await connections.add(id, { connection_id, ...state, ...reach, connected_at, principal: fat });
          await feeds.add({ connection_id, apps: null, ...reach, missed: [], connected_at, principal: fat });
        }
        expect((await connections.list(id)).map(({ connection_id }) => connection_id)).toEqual(names);
        const listed = (await feeds.list()).map(({ connection_id }) => connection_id);
        expect(listed.filter((name) => name.startsWith("large-"))).toEqual(names);
        for (const name of names) await feeds.remove(name);
      },
      timeoutMs,
    );

    test(
      "the health of endpoints, and kept releases",
      async () => {
        const { endpointHealths, records } = ports();
        const app_id = freshId();
        for (let index = 0; index < many; index++) {
          const endpoint = { id: `endpoint-${index}`, addressed_at: at(0) };
          await endpointHealths.record(app_id, endpoint, { outcome: "failed", error: fat }, at(1));
          const released = { commit_hash: fat, image_digest: "sha256:1", released_at: at(index) };
          await records.record({ app_id, deployment_id: freshId(), ...released }, 100);
        }
        expect(await endpointHealths.list(app_id)).toHaveLength(many);
        expect(await records.list(app_id)).toHaveLength(many);
      },
      timeoutMs,
    );

    test(
      "marks of branches",
      async () => {
        const { marks } = ports();
        const made = Array.from({ length: many }, () => freshId());
        for (const app_id of made)
          await marks.asked({ app_id, repo_url: fat, branch: "main", commit: "a", deployment_id: app_id });
        const listed = (await marks.list()).map(({ app_id }) => app_id);
        expect(listed.filter((id) => made.includes(id))).toEqual(made);
        for (const app_id of made) await marks.remove(app_id);
      },
      timeoutMs,
    );

    test(
      "outcomes, which are small and many",
      async () => {
        const { outcomes } = ports();
        const app_id = freshId();
        await everyOne(smallRows, (index) =>
          outcomes.record(someOutcome({ app_id, deployment_id: freshId(), finished_at: at(index) })),
        );
        const listed = await outcomes.list(app_id, at(0));
        expect(listed.map(({ finished_at }) => finished_at)).toEqual(
          Array.from({ length: smallRows }, (_, i) => at(i)),
        );
      },
      timeoutMs,
    );

    test("secrets", async () => {
      const { secrets } = ports();
      const app = freshId();
      const values = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`NAME_${index}`, `value ${index}`]));
      await secrets.put(app, values);
      expect((await secrets.values(app)).toSorted()).toEqual(Object.values(values).toSorted());
    });
  });
}
