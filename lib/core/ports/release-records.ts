import * as z from "zod";

export const releaseRecordSchema = z.object({
  app_id: z.number().int(),
  deployment_id: z.number().int(),
  image_digest: z.string(),
  commit_hash: z.string(),
  released_at: z.string(),
});
export type ReleaseRecord = z.infer<typeof releaseRecordSchema>;

/** The releases that are kept, so that any of them can be released again. */
export interface ReleaseRecords {
  /** Stores a record; the same again changes nothing. Those beyond the newest `keep` are forgotten. */
  record(release: ReleaseRecord, keep: number): Promise<void>;
  /** Newest first. */
  list(appId: number): Promise<readonly ReleaseRecord[]>;
  removeAll(appId: number): Promise<void>;
}
