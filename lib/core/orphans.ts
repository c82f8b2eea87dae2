import * as z from "zod";

/** What was made at run time and belongs to no app. */
const orphanSchema = z.object({
  /** What it is, in AWS's words: `service`, `target group`. */
  kind: z.string(),
  /** Its name or ARN. */
  name: z.string(),
  /** The app that it was made for, which is gone; `null`: it names none. */
  app_id: z.number().int().nullable(),
});
export type Orphan = z.infer<typeof orphanSchema>;

export const orphanReportSchema = z.object({
  /** When it was looked for. */
  checked_at: z.string(),
  orphans: z.array(orphanSchema),
  /** What could not be looked for, with why. */
  unchecked: z.array(z.object({ kind: z.string(), reason: z.string() })),
});
export type OrphanReport = z.infer<typeof orphanReportSchema>;
