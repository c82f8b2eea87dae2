import * as z from "zod";

/** An open socket to the feed: it is told of every deployment that its holder may read. */
export const feedSchema = z.object({
  connection_id: z.string(),
  /** Only deployments of these apps; `null`: of all. */
  apps: z.array(z.number().int()).nullable(),
  connected_at: z.string(),
  /** Whose socket it is; for the log. */
  principal: z.string(),
});
export type Feed = z.infer<typeof feedSchema>;

export interface Feeds {
  add(feed: Feed): Promise<void>;
  /** Strongly consistent. */
  list(): Promise<readonly Feed[]>;
  remove(connectionId: string): Promise<void>;
}
