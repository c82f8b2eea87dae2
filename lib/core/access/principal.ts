import * as z from "zod";

/** Each role may do what the ones before it may. */
export const roleSchema = z.enum(["viewer", "deployer", "admin"]).meta({ id: "Role" });

export type Role = z.infer<typeof roleSchema>;

/**
 * Somebody who asks. `id` is who it is (`token#<id>`, also for the sessions and tickets of a token; `local` on one's own
 * machine) and is all that is ever compared; `name` is for people to read and not unique. `apps`: only these; `null`: all.
 */
export const principalSchema = z.object({
  /** Tickets from before there were ids, which live for a minute, have none. */
  id: z.string().default(""),
  name: z.string(),
  role: roleSchema,
  apps: z.array(z.number().int()).nullable(),
});

export type Principal = z.infer<typeof principalSchema>;

/** The identity of a token's holder. A token's number is not used again, but for the first admin's, whom the operator may give another token. */
export const tokenIdentity = (id: number): string => `token#${id}`;

/** The identity of an account at the installation's GitHub. */
export const gitHubIdentity = (accountId: number): string => `github#${accountId}`;
