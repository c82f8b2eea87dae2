import * as z from "zod";

/** An open socket by whose it is, so that it is found when they may not have it any more. */
export const openSocketSchema = z.object({
  connection_id: z.string(),
  /** Whose viewer it is; `null`: a reader of the feed. */
  deployment_id: z.number().int().nullable(),
  /** Of which apps it gets updates; `null`: of all. */
  apps: z.array(z.number().int()).nullable(),
  /** The hash of the token that it is held by; `null`: it needed none. */
  token: z.string().nullable(),
  /** The hash of the session, if it was opened by one. */
  session: z.string().nullable(),
  connected_at: z.string(),
});

export type OpenSocket = z.infer<typeof openSocketSchema>;
