import * as z from "zod";
import { type Principal, principalSchema, tokenIdentity } from "./principal.ts";

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
    /** Without it: made before this was kept. */
    created_at: z.string().optional(),
    /** Until when the link of its invitation works, in epoch seconds. Without it: nobody was invited. */
    invited_until: z.number().int().optional(),
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
    kind: z.literal("invite"),
    /** The hash of the token that whoever brings the code is given, once. */
    made_with: z.string(),
    /** That token, which only the code opens. */
    sealed: z.string(),
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

/** Who sends a token. */
export const principalOf = ({ id, principal }: Token): Principal => ({ ...principal, id: tokenIdentity(id) });
