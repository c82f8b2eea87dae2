import * as z from "zod";

/** A release that succeeded and whose image is kept. `image_digest`: `sha256:…`. */
export const releaseRecordSchema = z.object({
  app_id: z.number().int(),
  deployment_id: z.number().int(),
  image_digest: z.string(),
  commit_hash: z.string(),
  released_at: z.string(),
});

export type ReleaseRecord = z.infer<typeof releaseRecordSchema>;
