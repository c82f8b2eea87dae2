import * as z from "zod";

/** A release that succeeded and whose image is kept. `image_digest`: `sha256:…`. */
export const releaseRecordSchema = z.object({
  app_id: z.number().int(),
  deployment_id: z.number().int(),
  image_digest: z.string(),
  /** Whose repository has the image; none: its own app's. */
  image_app_id: z.number().int().nullish(),
  commit_hash: z.string(),
  released_at: z.string(),
  /** Those that it runs on; none: it was released before they were noted here, and its row names them. */
  task_definitions: z.array(z.string()).nullish(),
});

export type ReleaseRecord = z.infer<typeof releaseRecordSchema>;
