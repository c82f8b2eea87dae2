import * as z from "zod";

export const roleSchema = z.enum(["viewer", "deployer", "admin"]).meta({ id: "Role" });
export type Role = z.infer<typeof roleSchema>;

/** Somebody who asks. `apps`: only these; `null`: all. */
export const principalSchema = z.object({
  name: z.string(),
  role: roleSchema,
  apps: z.array(z.number().int()).nullable(),
});
export type Principal = z.infer<typeof principalSchema>;

/** By what somebody was admitted, as hashes. It admits them for as long as all of it is there. */
const holderSchema = z.object({ token: z.string(), session: z.string().nullable() });
export type Holder = z.infer<typeof holderSchema>;

const expiry = z.number().int().nullable();

/** A credential as stored: under the SHA-256 of what its holder has. `expires_at` in epoch seconds. */
export const credentialSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("token"),
    id: z.number().int(),
    principal: principalSchema,
    expires_at: expiry,
    last_used_at: z.string().nullable().default(null),
    /** The GitHub account by which its holder may sign in, too. Its number stays, whatever it is called later. */
    github: z.object({ id: z.number().int(), login: z.string() }).nullable().default(null),
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

/** API tokens, socket tickets, the sessions of browsers, and what was begun at GitHub. Nobody can read one of them back. */
export interface Tokens {
  /** `false`: nothing was written, since a token of the same GitHub account is there. */
  put(hash: string, credential: Credential): Promise<boolean>;
  /** The hash of the token of a GitHub account. `null`: it has none. Strongly consistent. */
  ofGitHub(accountId: number): Promise<string | null>;
  /** `null`: unknown or expired. Strongly consistent. */
  get(hash: string, nowSeconds: number): Promise<Credential | null>;
  /** Takes a ticket out, or the beginning of a set-up or sign-in, once. `null`: unknown, of another kind, expired, or taken before. */
  take(hash: string, nowSeconds: number, kind?: "ticket" | "setup" | "sign_in"): Promise<Credential | null>;
  /** All API tokens, expired ones too, by id. Eventually consistent. */
  list(): Promise<readonly Token[]>;
  /** Takes a token away from its holder. `false`: there is none with this id. */
  revoke(id: number): Promise<boolean>;
  /** Notes that a token was used. */
  used(hash: string, at: string): Promise<void>;
  /** Ends a session, if it is there. Any other credential under this hash stays. */
  endSession(hash: string): Promise<void>;
}
