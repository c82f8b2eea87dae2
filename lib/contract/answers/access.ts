import * as z from "zod";
import { auditEntrySchema as entrySchema } from "../../core/ports/audit.ts";
import { principalSchema } from "../../core/ports/tokens.ts";
import { id, timestamp } from "./common.ts";
import type { Shown } from "./shown.ts";

const { name, role } = principalSchema.shape;
const apps = principalSchema.shape.apps.describe("Only these apps; `null`: all.");

export const meSchema = z
  .object({
    id: z.string().describe("Who it is: `token#<id>`, also for a session of that token."),
    name,
    role,
    apps,
    csrf: z
      .string()
      .nullable()
      .describe("What writes by the session's cookie must repeat; `null` where nobody signed in by cookie."),
  })
  .meta({ id: "Me", description: "Who is asking." });
export type ShownMe = Shown<typeof meSchema>;

export const sessionSchema = z
  .object({
    ...meSchema.shape,
    session: z.string().nullable().describe("To be sent as a bearer token; `null` where a cookie holds the session."),
  })
  .meta({ id: "Session", description: "Who is signed in." });
export type ShownSession = Shown<typeof sessionSchema>;

export const signInMethodsSchema = z
  .object({
    token: z.boolean(),
    github: z.boolean(),
    mode: z
      .enum(["required", "local", "loopback"])
      .describe("`local`: a link of `slipway open` signs in too; `loopback`: nobody needs to."),
  })
  .meta({ id: "SignInMethods", description: "How people may sign in." });
export type ShownSignInMethods = Shown<typeof signInMethodsSchema>;

const github = z.string().nullable().describe("The GitHub account by which its holder may sign in, too.");
const created_by = z.string().nullable().describe("The name of who made it; `null`: an operator, or not known.");
const token = {
  github,
  created_by,
  id,
  name,
  role,
  apps,
  expires_at: timestamp.nullable(),
  last_used_at: timestamp.nullable(),
};

export const tokenSchema = z
  .object(token)
  .meta({ id: "Token", description: "A token for the API, but for what its holder knows." });
export type ShownToken = Shown<typeof tokenSchema>;

export const newTokenSchema = z
  .object({ ...token, token: z.string().describe("Shown this once; what is stored is its hash.") })
  .meta({ id: "NewToken", description: "A token for the API that was just made." });
export type ShownNewToken = Shown<typeof newTokenSchema>;

export const revokedTokenSchema = z.object({ id });

export const ticketSchema = z
  .object({ ticket: z.string().describe("Opens one socket."), expires_at: timestamp })
  .meta({ id: "Ticket", description: "For who cannot send headers with a handshake." });
export type ShownTicket = Shown<typeof ticketSchema>;

export const auditEntrySchema = z
  .object({
    ...entrySchema.shape,
    id: z.string(),
    at: timestamp,
    actor: z.string().describe("The name, which several tokens may have."),
    actor_id: z
      .string()
      .nullable()
      .describe("Who it was: `token#<id>`; `null`: nobody signed in, or not known of an older entry."),
    action: z.string().describe("`deployment.cancel`: what it was done to, and what."),
    details: entrySchema.shape.details.describe("A reason, the names of changed settings; no values of them."),
    address: z.string().describe("The caller's."),
  })
  .meta({ id: "AuditEntry", description: "One thing that somebody did." });
export type ShownAuditEntry = Shown<typeof auditEntrySchema>;

export const healthSchema = z
  .object({ status: z.literal("ok"), time: timestamp })
  .meta({ id: "Health", description: "The control plane answers, and its tables can be read." });
export type ShownHealth = Shown<typeof healthSchema>;
