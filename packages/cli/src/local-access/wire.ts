import * as z from "zod/mini";

/** What a local mode answers its own user. */
export const credentialsSchema = z.object({
  /** The port that this very process holds. */
  port: z.number(),
  /** Its admin's token. */
  token: z.string(),
});
export type Credentials = z.infer<typeof credentialsSchema>;

export const signInLinkSchema = z.object({
  /** Signs in whoever opens it first, within ten minutes. */
  url: z.string(),
  /** A file that leads a browser there: what is on a command line, every user of the machine can read. */
  page: z.string(),
});
export type SignInLink = z.infer<typeof signInLinkSchema>;
