import { describe, expect, test } from "@jest/globals";
import { someOutcome } from "../support/outcomes.ts";
import { freshId, type PortOf } from "./ports.ts";

const time = (second: number): string => new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString();

/** What every {@link Outcomes} promises. */
export function outcomesContract(ports: PortOf<"outcomes">): void {
  describe("outcomes", () => {
    test("come back as they were recorded, in the order in which they ended, however often and whenever they were recorded", async () => {
      const app_id = freshId();
      const [first, second, third] = [3, 3, 9].map((second) =>
        someOutcome({ app_id, deployment_id: freshId(), finished_at: time(second) }),
      );
      for (const one of [third, first, second, third, first]) if (one !== undefined) await ports().outcomes.record(one);
      expect(await ports().outcomes.list(app_id, time(0))).toEqual([first, second, third]);
    });

    test("are listed from a moment on, that moment included, and of one app alone", async () => {
      const [app_id, other] = [freshId(), freshId()];
      const [before, then, after] = [1, 2, 3].map((second) =>
        someOutcome({ app_id, deployment_id: freshId(), finished_at: time(second) }),
      );
      const another = someOutcome({ app_id: other, deployment_id: freshId(), finished_at: time(2) });
      for (const one of [before, then, after, another]) if (one !== undefined) await ports().outcomes.record(one);
      expect(await ports().outcomes.list(app_id, time(2))).toEqual([then, after]);
      expect(await ports().outcomes.list(freshId(), time(0))).toEqual([]);
    });

    test("keep what is unknown and what was never entered", async () => {
      const app_id = freshId();
      const outcome = someOutcome({
        app_id,
        deployment_id: freshId(),
        finished_at: time(1),
        stage: "failed",
        duration: null,
        seconds: { pending: 3 },
        failed_stage: "pending",
      });
      await ports().outcomes.record(outcome);
      expect(await ports().outcomes.list(app_id, time(0))).toEqual([outcome]);
    });
  });
}
