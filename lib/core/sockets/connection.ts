import * as z from "zod";

/** An open socket of a viewer, stored beside the deployment that it watches. */
export const connectionSchema = z.object({
  connection_id: z.string(),
  /** Lines after this cursor are still to be sent. Meaningless once it is live. */
  after: z.number().int().min(0),
  batch: z.boolean(),
  /** It has had the snapshot and the replay and follows the deployment's own mark. */
  live: z.boolean(),
  /** It has had the snapshot, its first `status`. */
  snapshot_sent: z.boolean(),
  /** Long ago, for one that was stored when this was not noted yet. */
  connected_at: z.string().default("1970-01-01T00:00:00.000Z"),
  /** Whose socket it is; for the log. */
  principal: z.string(),
  /** How often in a row it could not be written to, or closed. */
  failures: z.number().int().min(0).default(0),
  /** It is not tried before. `null`: now. */
  retry_at: z.string().nullable().default(null),
  /** Its holder may not read any more: nothing is sent over it, and it is closed. */
  closing: z.boolean().default(false),
});

export type Connection = z.infer<typeof connectionSchema>;

/** How far the live connections of a deployment are. */
export const pumpMarkSchema = z.object({
  version: z.number().int().min(0),
  timeline: z.number().int().min(0),
  cursor: z.number().int().min(0),
  ended: z.boolean(),
});

export type PumpMark = z.infer<typeof pumpMarkSchema>;

export const noMark: PumpMark = { version: 0, timeline: 0, cursor: 0, ended: false };
