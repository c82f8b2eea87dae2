import * as z from "zod";
import type { LocalContext } from "../../kernel/part.ts";

const checkpointSchema = z.object({
  /** The last record that needs no more doing; absent until there is one. */
  sequenceNumber: z.string().optional(),
  /** When reading of a shard began at LATEST: what is older is none of the mapping's business, in epoch milliseconds. */
  since: z.number().optional(),
  /** The shard has ended and all of it is done. */
  ended: z.boolean().default(false),
});

export type Checkpoint = z.infer<typeof checkpointSchema>;

/** How far a mapping has come in the shards of its stream; on disk when `put` returns. */
export interface Checkpoints {
  get(shardId: string): Checkpoint | undefined;
  put(shardId: string, checkpoint: Checkpoint): void;
}

/** A stream that was made anew has another ARN, and so begins anew. */
export function checkpointsOf(context: LocalContext, mappingId: string, streamArn: string): Checkpoints {
  const collection = context.state.collection("eventsources-checkpoints", checkpointSchema);
  const key = (shardId: string) => `${mappingId}|${streamArn}|${shardId}`;
  return {
    get: (shardId) => collection.get(key(shardId)),
    put: (shardId, checkpoint) => collection.put(key(shardId), checkpoint),
  };
}
