import * as z from "zod";

/**
 * An app's lane: at most one deployment of it runs, at most one waits, and the newest request is the one that waits.
 * Pure; the row it lives in is written on the condition that its version has not changed.
 */
export const laneSchema = z.object({
  running: z.number().int().positive().nullable(),
  waiting: z.number().int().positive().nullable(),
  version: z.number().int(),
});
export type Lane = z.infer<typeof laneSchema>;

export const emptyLane: Lane = { running: null, waiting: null, version: 0 };

export type Entry =
  | { readonly outcome: "admitted"; readonly lane: Lane; readonly displaced: number | null }
  | { readonly outcome: "waiting"; readonly lane: Lane; readonly displaced: number | null; readonly running: number }
  | { readonly outcome: "superseded"; readonly by: number };

/** A deployment asks for the lane. Asking again gives the same answer. `displaced` waited and is superseded by it. */
export function enterLane(lane: Lane, id: number): Entry {
  if (lane.running === id) return { outcome: "admitted", lane, displaced: null };
  if (lane.waiting !== null && lane.waiting > id) return { outcome: "superseded", by: lane.waiting };
  const displaced = lane.waiting === id ? null : lane.waiting;
  if (lane.running === null) {
    return { outcome: "admitted", lane: { running: id, waiting: null, version: lane.version + 1 }, displaced };
  }
  if (lane.running > id) return { outcome: "superseded", by: lane.running };
  const waits = lane.waiting === id ? lane : { running: lane.running, waiting: id, version: lane.version + 1 };
  return { outcome: "waiting", lane: waits, displaced, running: lane.running };
}

/** A deployment that has ended makes room. Who waits is not admitted by this: it is told to ask again. */
export function leaveLane(lane: Lane, id: number): Lane {
  if (lane.running === id) return { running: null, waiting: lane.waiting, version: lane.version + 1 };
  if (lane.waiting === id) return { running: lane.running, waiting: null, version: lane.version + 1 };
  return lane;
}
