import * as z from "zod";

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

/** What a token makes of whoever sends it; their id follows from the token's. */
const grantSchema = principalSchema.omit({ id: true });

/** The credentials by which somebody was authenticated, as hashes. They count for as long as all of it is there. */
const holderSchema = z.object({ token: z.string(), session: z.string().nullable() });
export type Holder = z.infer<typeof holderSchema>;

const expiry = z.number().int().nullable();

/** A credential as stored: under the SHA-256 of what its holder has. `expires_at` in epoch seconds. */
export const credentialSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("token"),
    id: z.number().int(),
    principal: grantSchema,
    expires_at: expiry,
    last_used_at: z.string().nullable().default(null),
    /** The GitHub account by which its holder may sign in, too. Its number stays, whatever it is called later. */
    github: z.object({ id: z.number().int(), login: z.string() }).nullable().default(null),
    /** The name of whoever made it, for people to read. Without it: made by an operator, or before this was kept. */
    created_by: z.string().optional(),
  }),
  z.object({
    kind: z.literal("ticket"),
    /** The one deployment that it opens a socket to; `null`: the feed of all. */
    deployment_id: z.number().int().nullable(),
    principal: principalSchema,
    /** By what it was asked for: it is worth what that is worth now. `null`: nothing was needed. */
    made_with: holderSchema.nullable().default(null),
    expires_at: expiry,
  }),
  z.object({
    kind: z.literal("session"),
    /** The hash of the token that it was made with: who it is and what they may is read there each time. */
    made_with: z.string(),
    expires_at: expiry,
  }),
  z.object({
    kind: z.literal("code"),
    /** The hash of the token that a session is made of for whoever brings the code, once. */
    made_with: z.string(),
    expires_at: expiry,
  }),
  z.object({
    kind: z.literal("setup"),
    /** The hash of who began to set up the GitHub App: nobody else may end it. */
    begun_by: z.string(),
    expires_at: expiry,
  }),
  z.object({
    kind: z.literal("sign_in"),
    /** What GitHub's code is exchanged with (RFC 7636). */
    verifier: z.string(),
    /** Where in the dashboard it leads. */
    to: z.string(),
    expires_at: expiry,
  }),
]);
export type Credential = z.infer<typeof credentialSchema>;
export type Token = Extract<Credential, { kind: "token" }>;

/** The identity of a token's holder. A token's number is not used again, but for the first admin's, whom the operator may give another token. */
export const tokenIdentity = (id: number): string => `token#${id}`;

/** The identity of an account at the installation's GitHub. */
export const gitHubIdentity = (accountId: number): string => `github#${accountId}`;

/** Who sends a token. */
export const principalOf = ({ id, principal }: Token): Principal => ({ ...principal, id: tokenIdentity(id) });

/** API tokens, socket tickets, one-time codes, the sessions of browsers, and what was begun at GitHub. Nobody can read one of them back. */
export interface Tokens {
  /** `false`: nothing was written, since a token of the same GitHub account is there. */
  put(hash: string, credential: Credential): Promise<boolean>;
  /** The hash of the token of a GitHub account. `null`: it has none. Strongly consistent. */
  ofGitHub(accountId: number): Promise<string | null>;
  /** `null`: unknown or expired. Strongly consistent. */
  get(hash: string, nowSeconds: number): Promise<Credential | null>;
  /** Takes a ticket or a one-time code out, or the beginning of a set-up or sign-in, once. `null`: unknown, of another kind, expired, or taken before. */
  take(hash: string, nowSeconds: number, kind?: "ticket" | "code" | "setup" | "sign_in"): Promise<Credential | null>;
  /** All API tokens, expired ones too, by id. Eventually consistent. */
  list(): Promise<readonly Token[]>;
  /** Takes a token away from its holder. `false`: there is none with this id. */
  revoke(id: number): Promise<boolean>;
  /** Notes that a token was used. */
  used(hash: string, at: string): Promise<void>;
  /** Ends a session, if it is there. Any other credential under this hash stays. */
  endSession(hash: string): Promise<void>;
}
