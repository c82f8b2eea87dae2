import { describe, expect, test } from "@jest/globals";
import type { ReleaseRecord } from "../../lib/core/deployment/release-record.ts";
import { freshId, type PortOf } from "./ports.ts";

const release = (app_id: number, deployment_id: number): ReleaseRecord => ({
  app_id,
  deployment_id,
  image_digest: `sha256:${"0".repeat(60)}${deployment_id}`,
  commit_hash: "a".repeat(40),
  released_at: "2026-01-01T00:00:00.000Z",
});

/** What every {@link ReleaseRecords} promises. */
export function releaseRecordsContract(ports: PortOf<"records">): void {
  describe("release records", () => {
    const kept = async (app: number) => (await ports().records.list(app)).map((one) => one.deployment_id);

    test("the newest are kept, newest first, whatever the order in which they are recorded", async () => {
      const app = freshId();
      const ids = Array.from({ length: 5 }, freshId);
      const [a = 0, b = 0, c = 0, d = 0, e = 0] = ids;
      for (const id of [b, a, d, c, e]) await ports().records.record(release(app, id), 3);
      expect(await kept(app)).toEqual([e, d, c]);
    });

    test("the same again, later, changes nothing", async () => {
      const [app, id] = [freshId(), freshId()];
      await ports().records.record(release(app, id), 3);
      await ports().records.record({ ...release(app, id), released_at: "2026-01-01T00:01:00.000Z" }, 3);
      expect(await ports().records.list(app)).toEqual([release(app, id)]);
    });

    test("an app that keeps fewer from now on forgets the others at its next release", async () => {
      const app = freshId();
      const ids = Array.from({ length: 4 }, freshId);
      for (const id of ids.slice(0, 3)) await ports().records.record(release(app, id), 10);
      await ports().records.record(release(app, ids[3] ?? 0), 2);
      expect(await kept(app)).toEqual([ids[3], ids[2]]);
    });

    test("the releases of an app are removed with it, and no others", async () => {
      const [one, two] = [freshId(), freshId()];
      const id = freshId();
      await ports().records.record(release(one, freshId()), 3);
      await ports().records.record(release(two, id), 3);
      await ports().records.removeAll(one);
      expect(await kept(one)).toEqual([]);
      expect(await kept(two)).toEqual([id]);
    });
  });
}
