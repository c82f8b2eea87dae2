import { type LimitName, limits } from "../core/limits.ts";
import type { Requests } from "../core/ports/access.ts";
import { ApiError } from "./errors.ts";

interface LimitedDeps {
  readonly requests: Pick<Requests, "take">;
  readonly now: () => string;
}

/**
 * Counts one towards a limit; `whose` names the bucket: a caller, an app, an address. Throws 429 `too_many_requests` with
 * the whole seconds until one more is allowed in `Retry-After`.
 */
export async function takeFrom(deps: LimitedDeps, name: LimitName, whose: string | number): Promise<void> {
  const { burst, perMinute, tooMany } = limits[name];
  const taken = await deps.requests.take(`${name}#${whose}`, { burst, perMinute }, Date.parse(deps.now()));
  if (taken.allowed) return;
  const sentence = `${tooMany} Try again in ${taken.retryAfter} s.`;
  throw new ApiError("too_many_requests", { sentence, headers: { "Retry-After": String(taken.retryAfter) } });
}
