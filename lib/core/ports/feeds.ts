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

export interface Feeds {
  /** With nothing missed. It is forgotten two hours after `connected_at`: API Gateway has closed it by then. */
  add(feed: Feed): Promise<void>;
  /** All that are not too old. Strongly consistent. */
  list(): Promise<readonly Feed[]>;
  /** Notes what did not get through, beside what is noted already; with `retry`, that it was tried, and when it is again. */
  missed(
    connectionId: string,
    ids: readonly number[],
    retry: Pick<Feed, "failures" | "retry_at"> | null,
  ): Promise<void>;
  /** Notes that it was reached, and that these got through. */
  reached(connectionId: string, ids: readonly number[]): Promise<void>;
  remove(connectionId: string): Promise<void>;
}
