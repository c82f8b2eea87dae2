import { type Holder, principalOf } from "../core/access/credential.ts";
import type { Principal } from "../core/access/principal.ts";
import type { Tokens } from "../core/ports/access.ts";

/** What somebody may at this moment, and until when at the latest: epoch seconds, `null`: no end is set. */
export interface Standing {
  readonly principal: Principal;
  readonly expires_at: number | null;
  /** When the token was used last, as far as it is noted. */
  readonly last_used_at: string | null;
}

/** What a holder's token, and their session if they have one, are worth now. `null`: nothing. */
export async function standingOf(
  tokens: Pick<Tokens, "get">,
  holder: Holder,
  nowSeconds: number,
): Promise<Standing | null> {
  const token = await tokens.get(holder.token, nowSeconds);
  if (token?.kind !== "token") return null;
  const { expires_at, last_used_at } = token;
  const principal = principalOf(token);
  if (holder.session === null) return { principal, expires_at, last_used_at };
  const session = await tokens.get(holder.session, nowSeconds);
  if (session?.kind !== "session" || session.made_with !== holder.token) return null;
  return { principal, expires_at: earlier(expires_at, session.expires_at), last_used_at };
}

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);
