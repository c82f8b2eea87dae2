import * as z from "zod";
import { roleSchema } from "./principal.ts";

/** One thing that somebody did. Values of secrets are not in it, only their names. */
export const auditEntrySchema = z.object({
  /** Sorts as the entries happened: the time, and what distinguishes two of the same millisecond. */
  id: z.string(),
  at: z.string(),
  /** As people read it; names are not unique. */
  actor: z.string(),
  /** Who it was: `token#<id>`, `local`. `null`: nobody signed in, or an entry from before there were ids. */
  actor_id: z.string().nullable().default(null),
  role: roleSchema,
  /** `deployment.cancel`: what it was done to, and what. */
  action: z.string(),
  app_id: z.number().int().nullable(),
  deployment_id: z.number().int().nullable(),
  /** What else was said: a reason, the changed settings. */
  details: z.record(z.string(), z.unknown()),
  /** The caller's address. */
  address: z.string(),
});

export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** The same before it happened: when it did is known by whoever writes it down with what it changed. */
export const auditActionSchema = auditEntrySchema.omit({ id: true, at: true });

export type AuditAction = z.infer<typeof auditActionSchema>;

/** The entry for what somebody did to a deployment, or by making it. */
export const entryOn = (deployment_id: number, action: AuditAction, at: string): AuditEntry => ({
  ...action,
  id: entryId(at, `${action.action}#${deployment_id}#${action.actor_id}`),
  at,
});

/** Names an entry by when it took effect and which change it was: whoever records it, and however often, it is the same one. */
export const entryId = (at: string, change: string): string => `${at}#${change}`;
