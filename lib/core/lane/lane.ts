import * as z from "zod";

const place = z.number().int().positive().nullable();

/**
 * An app's lane: at most one deployment of it runs, and the newest request waits. A rollback has a place of its own, since
 * it waits for no push. The lane keeps the highest number that ever entered, so that an older deployment that comes
 * late, after a crash or a lost message, is known to be older though nobody is there any more.
 * Pure; the row it lives in is written on the condition that its version has not changed.
 */
export const laneSchema = z.object({
  running: place,
  waiting: place,
  /** A rollback that waits until what it cancelled has stopped. */
  rollback: place.default(null),
  /** The highest number that ever entered. */
  highest: z.number().int().default(0),
  /** The highest number that somebody asked for: of all but pushes. */
  asked: z.number().int().default(0),
  version: z.number().int(),
});
export type Lane = z.infer<typeof laneSchema>;

export const emptyLane: Lane = { running: null, waiting: null, rollback: null, highest: 0, asked: 0, version: 0 };

/** Who asks for the lane. */
export interface Entrant {
  readonly id: number;
  readonly kind: "push" | "request" | "rollback";
}

export type Entry =
  | { readonly outcome: "admitted"; readonly lane: Lane; readonly displaced: readonly number[] }
  /** `behind`: whose end it waits for. */
  | { readonly outcome: "waiting"; readonly lane: Lane; readonly displaced: readonly number[]; readonly behind: number }
  | { readonly outcome: "superseded"; readonly by: number };

/**
 * A deployment asks for the lane. Asking again gives the same answer. Those `displaced` waited and are superseded by it.
 * A push is superseded by any higher number; a rollback only by what somebody asked for later, never by a push.
 */
export function enterLane(lane: Lane, { id, kind }: Entrant): Entry {
  if (lane.running === id) return { outcome: "admitted", lane, displaced: [] };
  const own = kind === "rollback" ? "rollback" : "waiting";
  const newest = kind === "rollback" ? lane.asked : lane.highest;
  if (lane[own] !== id && newest > id) return { outcome: "superseded", by: newest };
  const isOlder = (other: number | null): other is number => other !== null && other < id;
  const displaced = [lane.waiting, kind === "push" ? null : lane.rollback].filter(isOlder);
  const stays = (other: number | null): number | null =>
    other === null || other === id || displaced.includes(other) ? null : other;
  const known = {
    highest: Math.max(lane.highest, id),
    asked: kind === "push" ? lane.asked : Math.max(lane.asked, id),
    version: lane.version + 1,
  };
  const others = { waiting: stays(lane.waiting), rollback: stays(lane.rollback) };
  const behind = lane.running ?? others.rollback;
  if (behind === null) return { outcome: "admitted", lane: { running: id, ...others, ...known }, displaced };
  const waits = { running: lane.running, ...others, [own]: id, ...known };
  return { outcome: "waiting", lane: lane[own] === id ? lane : waits, displaced, behind };
}

/** A deployment that has ended makes room. Who waits is not admitted by this: it is notified to ask again. */
export function leaveLane(lane: Lane, id: number): Lane {
  const without = (other: number | null): number | null => (other === id ? null : other);
  if (!occupantsOf(lane).includes(id)) return lane;
  const { running, waiting, rollback } = lane;
  return {
    ...lane,
    running: without(running),
    waiting: without(waiting),
    rollback: without(rollback),
    version: lane.version + 1,
  };
}

/** Who runs or waits, in the order in which they will run. */
export const occupantsOf = ({ running, rollback, waiting }: Lane): readonly number[] =>
  [running, rollback, waiting].filter((id) => id !== null);
