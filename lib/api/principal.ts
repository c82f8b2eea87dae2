import * as z from "zod";
import type { Holder } from "../core/access/credential.ts";
import { type Principal, type Role, roleSchema } from "../core/access/principal.ts";
import { ApiError } from "./errors.ts";

const rank: Readonly<Record<Role, number>> = { viewer: 0, deployer: 1, admin: 2 };

/** Whether a caller sees an app at all. What they do not see is, to them, not there. */
export const mayRead = (principal: Principal, appId: number): boolean =>
  principal.apps === null || principal.apps.includes(appId);

/** Somebody without credentials. They see no app. */
export const anonymous: Principal = { id: "anonymous", name: "anonymous", role: "viewer", apps: [] };

export const hasRole = (principal: Principal, role: Role): boolean => rank[principal.role] >= rank[role];

/** The refusal of a caller whose role is lower than what it takes. */
export const tooLow = (principal: Principal, role: Role): ApiError =>
  new ApiError("forbidden", { sentence: `This requires the role ${role}. Your role is ${principal.role}.` });

/** As an authorizer of API Gateway passes on who asks: strings only. */
export const toContext = (
  principal: Principal,
  csrf: string | null,
  holder: Holder | null,
): Record<string, string> => ({
  id: principal.id,
  name: principal.name,
  role: principal.role,
  apps: principal.apps === null ? "all" : principal.apps.join(","),
  ...(csrf === null ? {} : { csrf }),
  ...(holder === null ? {} : { token: holder.token }),
  ...(holder?.session ? { session: holder.session } : {}),
});

const contextSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  role: roleSchema,
  apps: z.string(),
  csrf: z.string().optional(),
  token: z.string().optional(),
  session: z.string().optional(),
});

/** Who asks, as an authorizer found out. */
export interface Asking {
  /** `null`: there was no authorizer. */
  readonly principal: Principal | null;
  readonly csrf: string | null;
  /** What the principal stands on; `null`: on nothing that can be taken away. */
  readonly holder: Holder | null;
}

/** The inverse of {@link toContext}. */
export function fromContext(context: unknown): Asking {
  const parsed = contextSchema.safeParse(context);
  if (!parsed.success) return { principal: null, csrf: null, holder: null };
  const { id, name, role, apps, csrf = null, token, session = null } = parsed.data;
  const ids = apps === "all" ? null : apps.split(",").filter(Boolean).map(Number);
  const holder = token === undefined ? null : { token, session };
  return { principal: { id, name, role, apps: ids }, csrf, holder };
}
