import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { emptyLane, enterLane, type Lane, leaveLane } from "../../lib/core/lane.ts";

type Fate = "waiting" | "admitted" | "superseded" | "left";
const moves = fc.array(fc.record({ enters: fc.boolean(), id: fc.integer({ min: 1, max: 8 }) }), { maxLength: 60 });

/** An app's lane, and what each deployment was told last. */
class Street {
  lane: Lane = emptyLane;
  readonly fates = new Map<number, Fate>();

  enter(id: number): void {
    const entry = enterLane(this.lane, id);
    if (entry.outcome === "superseded") {
      expect(entry.by).toBeGreaterThan(id);
      this.fates.set(id, "superseded");
      return;
    }
    expect(enterLane(entry.lane, id)).toEqual({ ...entry, displaced: null });
    expect(entry.lane.version - this.lane.version).toBe(entry.lane === this.lane ? 0 : 1);
    if (entry.displaced !== null) {
      expect(entry.displaced).toBeLessThan(id);
      this.fates.set(entry.displaced, "superseded");
    }
    this.lane = entry.lane;
    this.fates.set(id, entry.outcome);
  }

  leave(id: number): void {
    this.lane = leaveLane(this.lane, id);
    this.fates.set(id, "left");
    expect(leaveLane(this.lane, id)).toBe(this.lane);
  }

  /** Who is in the lane was told so, and nobody else was. */
  check(): void {
    const { running, waiting } = this.lane;
    expect(running === null || running !== waiting).toBe(true);
    const told = (fate: Fate) => [...this.fates].filter(([, is]) => is === fate).map(([id]) => id);
    expect(told("admitted")).toEqual(running === null ? [] : [running]);
    expect(told("waiting")).toEqual(waiting === null ? [] : [waiting]);
    if (running !== null && waiting !== null) expect(waiting).toBeGreaterThan(running);
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
      for (let rounds = 0; street.lane.running !== null; rounds++) {
        expect(rounds).toBeLessThan(ids.length);
        street.leave(street.lane.running);
        if (street.lane.waiting !== null) street.enter(street.lane.waiting);
        street.check();
      }
      expect(street.lane.waiting).toBeNull();
      expect(street.fates.get(Math.max(...ids))).toBe("left");
      for (const id of ids) expect(["left", "superseded"]).toContain(street.fates.get(id));
    }),
  );
});
