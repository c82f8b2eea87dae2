import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Entrant, emptyLane, enterLane, type Lane, leaveLane, occupantsOf } from "../../lib/core/lane/lane.ts";

type Kind = Entrant["kind"];
type Fate = "waiting" | "admitted" | "superseded" | "left";

/** What each number is, so that asking again asks for the same. */
const kindOf = (id: number): Kind => (["push", "request", "push", "rollback"] as const)[id % 4] ?? "push";
const entrant = (id: number, kind = kindOf(id)): Entrant => ({ id, kind });
const moves = fc.array(fc.record({ enters: fc.boolean(), id: fc.integer({ min: 1, max: 8 }) }), { maxLength: 60 });

/** An app's lane, and what each deployment was answered last. */
class Street {
  lane: Lane = emptyLane;
  readonly fates = new Map<number, Fate>();
  readonly entered = new Set<number>();

  enter(id: number): void {
    const entry = enterLane(this.lane, entrant(id));
    if (entry.outcome === "superseded") {
      expect(entry.by).toBeGreaterThan(id);
      expect(this.entered).toContain(entry.by);
      if (kindOf(id) === "rollback") expect(kindOf(entry.by)).not.toBe("push");
      this.fates.set(id, "superseded");
      return;
    }
    expect(enterLane(entry.lane, entrant(id))).toEqual({ ...entry, displaced: [] });
    expect(entry.lane.version - this.lane.version).toBe(entry.lane === this.lane ? 0 : 1);
    for (const displaced of entry.displaced) {
      expect(displaced).toBeLessThan(id);
      if (kindOf(id) === "push") expect(kindOf(displaced)).not.toBe("rollback");
      this.fates.set(displaced, "superseded");
    }
    this.lane = entry.lane;
    this.entered.add(id);
    this.fates.set(id, entry.outcome);
  }

  leave(id: number): void {
    this.lane = leaveLane(this.lane, id);
    this.fates.set(id, "left");
    expect(leaveLane(this.lane, id)).toBe(this.lane);
  }

  /** Exactly the deployments in the lane were answered so; nobody who came later than the highest is older than it. */
  check(): void {
    const { running, waiting, rollback, highest } = this.lane;
    const withFate = (fate: Fate) => [...this.fates].filter(([, is]) => is === fate).map(([id]) => id);
    expect(withFate("admitted")).toEqual(running === null ? [] : [running]);
    expect(withFate("waiting").toSorted()).toEqual([waiting, rollback].filter((id) => id !== null).toSorted());
    expect(highest).toBe(Math.max(0, ...this.entered));
  }
}

test("whoever comes and goes, at most one runs, the newest waits, and asking again gives the same answer", () => {
  fc.assert(
    fc.property(moves, (made) => {
      const street = new Street();
      for (const { enters, id } of made) {
        // Who was superseded or has ended does not come again.
        if (["superseded", "left"].includes(street.fates.get(id) ?? "")) continue;
        if (enters) street.enter(id);
        else street.leave(id);
        street.check();
      }
    }),
  );
});

test("everybody who waits ends admitted or superseded, once those before them leave", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 1 }), (ids) => {
      const street = new Street();
      for (const id of ids) street.enter(id);
      for (let rounds = 0; occupantsOf(street.lane).length > 0; rounds++) {
        expect(rounds).toBeLessThan(2 * ids.length);
        if (street.lane.running !== null) street.leave(street.lane.running);
        const [next] = occupantsOf(street.lane);
        if (next !== undefined) street.enter(next);
        street.check();
      }
      expect(street.fates.get(Math.max(...ids))).toBe("left");
      for (const id of ids) expect(["left", "superseded"]).toContain(street.fates.get(id));
    }),
  );
});

test("an older push that comes when the newer one has left the lane is superseded by it", () => {
  const newer = enterLane(emptyLane, entrant(2, "push"));
  if (newer.outcome !== "admitted") throw new Error(newer.outcome);
  const free = leaveLane(newer.lane, 2);
  expect(enterLane(free, entrant(1, "push"))).toEqual({ outcome: "superseded", by: 2 });
});

test("a rollback is superseded by no push, whatever its number; it comes before one that waits", () => {
  const running = enterLane(emptyLane, entrant(6, "push"));
  if (running.outcome !== "admitted") throw new Error(running.outcome);
  const waiting = enterLane(running.lane, entrant(7, "push"));
  if (waiting.outcome !== "waiting") throw new Error(waiting.outcome);
  const rollback = enterLane(waiting.lane, entrant(5, "rollback"));
  expect(rollback).toMatchObject({ outcome: "waiting", behind: 6, displaced: [] });
  if (rollback.outcome !== "waiting") throw new Error(rollback.outcome);
  const free = leaveLane(rollback.lane, 6);
  expect(enterLane(free, entrant(7, "push"))).toMatchObject({ outcome: "waiting", behind: 5 });
  expect(enterLane(free, entrant(5, "rollback"))).toMatchObject({ outcome: "admitted", lane: { waiting: 7 } });
});
