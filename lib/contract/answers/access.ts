import * as z from "zod";
import { auditEntrySchema as entrySchema } from "../../core/access/audit.ts";
import { principalSchema } from "../../core/access/principal.ts";
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
      .describe("Value of the header `X-Slipway-CSRF` for writes with the session cookie; `null` without a cookie."),
  })
  .meta({ id: "Me", description: "The caller." });
export type ShownMe = Shown<typeof meSchema>;

export const sessionSchema = z
  .object({
    ...meSchema.shape,
    session: z.string().nullable().describe("Send it as a bearer token; `null` if the session is in a cookie."),
  })
  .meta({ id: "Session", description: "Who is signed in." });
export type ShownSession = Shown<typeof sessionSchema>;

export const signInMethodsSchema = z
  .object({
    token: z.boolean(),
    github: z.boolean(),
    mode: z
      .enum(["required", "local", "loopback"])
      .describe("`local`: a link from `slipway open` also signs in; `loopback`: no sign-in is needed."),
  })
  .meta({ id: "SignInMethods", description: "The ways to sign in." });
export type ShownSignInMethods = Shown<typeof signInMethodsSchema>;

const github = z.string().nullable().describe("The GitHub account that can also sign in as this token.");
const created_by = z.string().nullable().describe("The name of its creator; `null`: an operator, or not known.");
const token = {
  github,
  created_by,
  created_at: timestamp.nullable().describe("`null`: made by an earlier version, which did not keep it."),
  id,
  name,
  role,
  apps,
  expires_at: timestamp.nullable(),
  last_used_at: timestamp.nullable(),
  invited_until: timestamp.nullable().describe("When the link of its invitation expires; `null`: created without one."),
};

export const tokenSchema = z.object(token).meta({ id: "Token", description: "An API token, without its value." });
export type ShownToken = Shown<typeof tokenSchema>;

export const newTokenSchema = z
  .object({ ...token, token: z.string().describe("Returned only once; only its hash is stored.") })
  .meta({ id: "NewToken", description: "A new API token." });
export type ShownNewToken = Shown<typeof newTokenSchema>;

export const inviteSchema = z
  .object({
    ...token,
    url: z.string().describe("The link to send to the person. Returned only once; it works once."),
    url_expires_at: timestamp,
  })
  .meta({ id: "Invite", description: "A new API token whose value whoever opens the link gets." });
export type ShownInvite = Shown<typeof inviteSchema>;

export const welcomeSchema = z
  .object({
    ...sessionSchema.shape,
    token: z
      .string()
      .nullable()
      .describe("The API token, this once; `null`: the person signs in with the GitHub account from now on."),
    github,
  })
  .meta({ id: "Welcome", description: "Who accepted an invitation, and is signed in." });
export type ShownWelcome = Shown<typeof welcomeSchema>;

export const revokedTokenSchema = z.object({ id });

export const ticketSchema = z
  .object({ ticket: z.string().describe("Opens one socket."), expires_at: timestamp })
  .meta({ id: "Ticket", description: "For clients that cannot send headers with the WebSocket handshake." });
export type ShownTicket = Shown<typeof ticketSchema>;

export const auditEntrySchema = z
  .object({
    ...entrySchema.shape,
    id: z.string(),
    at: timestamp,
    actor: z.string().describe("The name; several tokens may have the same one."),
    actor_id: z
      .string()
      .nullable()
      .describe("Who it was: `token#<id>`; `null`: nobody was signed in, or unknown in an older entry."),
    action: z.string().describe("What was done, such as `deployment.cancel`."),
    details: entrySchema.shape.details.describe("A reason, or the names of changed settings without their values."),
    address: z.string().describe("IP address of the caller."),
  })
  .meta({ id: "AuditEntry", description: "One action in the audit log." });
export type ShownAuditEntry = Shown<typeof auditEntrySchema>;

export const healthSchema = z
  .object({ status: z.literal("ok"), time: timestamp })
  .meta({ id: "Health", description: "The control plane responds, and its tables can be read." });
export type ShownHealth = Shown<typeof healthSchema>;
