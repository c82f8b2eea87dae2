import { describe, expect, test } from "@jest/globals";
import type { PushToApp } from "../../lib/core/push/push.ts";
import { atOnce, freshId, type PortOf } from "./ports.ts";

const now = 1_900_000_000;

/** What every {@link Pushes} promises. */
export function pushesContract(ports: PortOf<"pushes">): void {
  describe("pushes", () => {
    const fresh = () => ({ app_id: freshId(), branch: "main", before: "x", commit: "a", since: 0 });
    const claim = (push: PushToApp, id: number) => ports().pushes.claim(push, id, now);

    test("of several who claim a push the first one's number stands, and all get it", async () => {
      const push = fresh();
      const answers = await atOnce(8, (index) => claim(push, index + 1));
      expect(new Set(answers).size).toBe(1);
      expect(await claim(push, 99)).toBe(answers[0]);
    });

    test("of several who claim the number of a delivery at an app the first one's stands, and each app has its own", async () => {
      const [delivery, app] = [`delivery-${freshId()}`, freshId()];
      const numbered = (id: number, appId = app) => ports().pushes.claimForDelivery(delivery, appId, id, now);
      const answers = await atOnce(6, (index) => numbered(index + 1));
      expect(new Set(answers).size).toBe(1);
      expect(await numbered(99, freshId())).toBe(99);
    });

    test("a delivery that comes again with another mark of the app leads to the same number", async () => {
      const push = fresh();
      const delivery = `delivery-${freshId()}`;
      const delivered = (id: number, change: Partial<PushToApp> = {}) =>
        ports().pushes.claim({ ...push, ...change }, id, now, delivery);
      const numbers = await atOnce(6, (index) => delivered(index + 1));
      expect(new Set(numbers).size).toBe(1);
      const [number = 0] = numbers;
      expect(await delivered(97, { since: number })).toBe(number);
      expect(await delivered(98, { since: null })).toBe(number);
      expect(await ports().pushes.claimForDelivery(delivery, push.app_id, 99, now)).toBe(number);
      expect(await ports().pushes.claim(push, 99, now, `another-${delivery}`)).toBe(number);
    });

    test("another app, branch or commit is another push", async () => {
      const push = fresh();
      expect(await claim(push, 1)).toBe(1);
      expect(await claim({ ...push, app_id: freshId() }, 2)).toBe(2);
      expect(await claim({ ...push, branch: "next" }, 3)).toBe(3);
      expect(await claim({ ...push, commit: "b" }, 4)).toBe(4);
      expect(await claim({ ...push, before: "y" }, 5)).toBe(5);
    });

    test("the same step made again after another is another push, and what comes from elsewhere is the first", async () => {
      const push = fresh();
      expect(await claim(push, 1)).toBe(1);
      expect(await claim({ ...push, since: 7 }, 8)).toBe(8);
      expect(await claim({ ...push, since: null }, 9)).toBe(1);
      expect(await claim({ ...push, commit: "b", since: null }, 10)).toBe(10);
    });

    test("what a delivery came to is what the first one said, to everybody", async () => {
      const delivery = `delivery-${freshId()}`;
      expect(await ports().pushes.outcomeOf(delivery, now)).toBeNull();
      const outcomes = [
        { deployment_ids: [1, 2], ignored: null },
        { deployment_ids: [], ignored: "Branch ü is followed by no app." },
      ];
      const answers = await atOnce(6, (index) =>
        ports().pushes.conclude(delivery, outcomes[index % 2] ?? { deployment_ids: [], ignored: null }, now),
      );
      const [first] = answers;
      expect(outcomes).toContainEqual(first);
      expect(answers).toEqual(answers.map(() => first));
      expect(await ports().pushes.outcomeOf(delivery, now)).toEqual(first);
    });
  });
}
