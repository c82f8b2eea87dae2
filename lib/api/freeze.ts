import type { ShownFreeze } from "../contract/answers/freeze.ts";
import { freezeSchema } from "../contract/requests.ts";
import { type Freeze, freezeAt, frozenSentence } from "../core/freeze.ts";
import { conflict, retryOnConflict } from "../core/retry-on-conflict.ts";
import { entryOf } from "./audit-entry.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { parse } from "./parse.ts";

const dayMs = 86_400_000;
const longestDays = 90;

/** A freeze is of all apps, so it is not for those who have some of them. */
function requireAllApps({ principal }: Call): void {
  if (principal.apps === null) return;
  throw new ApiError("forbidden", { sentence: "Only admins of all apps can freeze deployments or end a freeze." });
}

/** The freeze at this moment, or `null`. */
export async function showFreeze(deps: ApiDeps): Promise<Answer> {
  return data(shown(await frozenNow(deps)));
}

/** Begins a freeze. One that is there is replaced: to make it longer, or say something else. */
export async function beginFreeze(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  const { reason, until } = parse(freezeSchema, call.body);
  const since = deps.now();
  requireTime(since, until);
  const { id: actor_id, name: actor } = call.principal;
  const freeze: Freeze = { reason, actor, actor_id, since, until: new Date(until).toISOString() };
  await deps.freezes.put(freeze, entryOf(deps, call, { details: { until: freeze.until, reason } }));
  return data(shown(freeze), 201);
}

/** Ends it. Pushes that were ignored meanwhile stay so. Without one nothing changes. */
export async function endFreeze(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  return retryOnConflict(deps, "the freeze", async () => {
    const freeze = await frozenNow(deps);
    const entry = entryOf(deps, call, { details: { reason: freeze?.reason } });
    return freeze === null || (await deps.freezes.remove(freeze, entry)) ? data(null) : conflict;
  });
}

function requireTime(now: string, until: string): void {
  const days = (Date.parse(until) - Date.parse(now)) / dayMs;
  if (days > 0 && days <= longestDays) return;
  const message = days > 0 ? `must be within ${longestDays} days` : "must be in the future";
  throw new ApiError("invalid_request", {
    sentence: "The request has invalid fields: until.",
    details: [{ field: "until", message }],
  });
}

/**
 * Lets a person's request to release something pass. Throws 409 `frozen` during a freeze, unless an admin says why it is
 * overridden; answers that reason, or `null` where there was nothing to override.
 */
export async function passFreeze(
  deps: Pick<ApiDeps, "freezes" | "now">,
  { principal }: Pick<Call, "principal">,
  override: string | undefined,
): Promise<string | null> {
  const freeze = await frozenNow(deps);
  if (freeze === null) return null;
  if (override === undefined)
    throw new ApiError("frozen", {
      sentence: `${frozenSentence(freeze)}. Wait until then, or have an admin override it with a reason.`,
    });
  if (principal.role !== "admin")
    throw new ApiError("forbidden", { sentence: "Only admins can override a freeze. Ask an admin to deploy this." });
  return override;
}

const frozenNow = async ({ freezes, now }: Pick<ApiDeps, "freezes" | "now">): Promise<Freeze | null> =>
  freezeAt(await freezes.get(), now());

const shown = (freeze: Freeze | null): ShownFreeze | null => freeze;
