import * as z from "zod";
import { type Principal, type Role, roleSchema } from "../ports/tokens.ts";
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
  new ApiError("forbidden", { sentence: `This needs the role ${role}; you are ${principal.role}.` });

/** As an authorizer of API Gateway passes on who asks: strings only. */
export const toContext = (principal: Principal, csrf: string | null): Record<string, string> => ({
  id: principal.id,
  name: principal.name,
  role: principal.role,
  apps: principal.apps === null ? "all" : principal.apps.join(","),
  ...(csrf === null ? {} : { csrf }),
});

const contextSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  role: roleSchema,
  apps: z.string(),
  csrf: z.string().optional(),
});

/** The inverse of {@link toContext}. No principal: there was no authorizer. */
export function fromContext(context: unknown): { principal: Principal | null; csrf: string | null } {
  const parsed = contextSchema.safeParse(context);
  if (!parsed.success) return { principal: null, csrf: null };
  const { id, name, role, apps, csrf = null } = parsed.data;
  const ids = apps === "all" ? null : apps.split(",").filter(Boolean).map(Number);
  return { principal: { id, name, role, apps: ids }, csrf };
}
