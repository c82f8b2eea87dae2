import * as z from "zod";

/** An open socket to the feed: it is notified of every deployment that its holder may read. */
export const feedSchema = z.object({
  connection_id: z.string(),
  /** Only deployments of these apps; `null`: of all. */
  apps: z.array(z.number().int()).nullable(),
  connected_at: z.string(),
  /** Whose socket it is; for the log. */
  principal: z.string(),
  /** As of a viewer's connection. */
  failures: z.number().int().min(0).default(0),
  retry_at: z.string().nullable().default(null),
  closing: z.boolean().default(false),
  /** Deployments whose changes did not get through. */
  missed: z.array(z.number().int()).default([]),
});

export type Feed = z.infer<typeof feedSchema>;
