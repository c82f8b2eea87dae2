import type { Token } from "../core/access/credential.ts";
import { gitHubIdentity, type Principal, tokenIdentity } from "../core/access/principal.ts";
import type { Settings } from "../core/app.ts";
import type { Deployment } from "../core/deployment/deployment.ts";
import type { Tokens } from "../core/ports/access.ts";
import type { ApiDeps, Call } from "./deps.ts";
import { ApiError } from "./errors.ts";

type ApproversDeps = Pick<ApiDeps, "tokens" | "now" | "pause">;

/** The list of tokens lags a little behind a token that was just made. */
const polling = { steps: 10, stepMs: 200 };

/** Approvers as an app has them. */
type Approvers = Pick<Settings, "approvers" | "approver_ids">;

/**
 * Whom names mean: the ids of their tokens, in the order of the names. A name that meant somebody `before` still means
 * them while they have their token. `token#7` names one of several of a name. Throws 400 with a sentence for each name
 * that is nobody's or several people's.
 */
export async function identify(
  deps: ApproversDeps,
  call: Call,
  approvers: readonly string[],
  before: Approvers = { approvers: [], approver_ids: [] },
): Promise<string[]> {
  if (approvers.length === 0) return [];
  const kept = new Map(before.approvers.map((name, index) => [name, before.approver_ids[index]]));
  let known = await knownPeople(deps, call);
  const meant = (name: string): string[] => {
    const ids = known.filter((one) => one.id === name || one.name === name).map(({ id }) => id);
    const same = ids.filter((id) => id === kept.get(name));
    return same.length > 0 ? same : ids;
  };
  for (let step = 0; step < polling.steps && approvers.some((one) => meant(one).length === 0); step++) {
    await deps.pause(polling.stepMs);
    known = await knownPeople(deps, call);
  }
  const details = approvers.flatMap((one, index) => {
    const message = objection(one, meant(one));
    return message === null ? [] : [{ field: `approvers.${index}`, message }];
  });
  if (details.length === 0) return approvers.flatMap(meant);
  const sentence = `Some approvers can't be identified: ${details.map(({ message }) => message).join(" ")}`;
  throw new ApiError("invalid_request", { sentence, details });
}

type Person = Pick<Principal, "id" | "name">;

/** The holders of tokens that count, and whoever asks. */
async function knownPeople({ tokens, now }: ApproversDeps, { principal }: Call): Promise<readonly Person[]> {
  const nowSeconds = Date.parse(now()) / 1000;
  const isValid = ({ expires_at }: Token) => expires_at === null || expires_at > nowSeconds;
  const holders = (await tokens.list()).filter(isValid).map((token) => ({
    id: tokenIdentity(token.id),
    name: token.principal.name,
  }));
  return holders.some(({ id }) => id === principal.id) ? holders : [...holders, principal];
}

function objection(approver: string, ids: readonly string[]): string | null {
  if (ids.length === 1) return null;
  if (ids.length === 0) return `No token is named "${approver}". Create the token first.`;
  return `Several tokens are named "${approver}". Name the one you mean by its id: ${ids.join(", ")}.`;
}

/** May approve: among the approvers where there are some, and not their own unless that is allowed. Throws 403. */
export async function requireApprover(
  deps: Pick<ApiDeps, "tokens" | "now">,
  principal: Principal,
  { settings, actor_id }: Deployment,
): Promise<void> {
  const { approvers, approver_ids, allow_self_approval } = settings;
  if (approvers.length > 0 && !approver_ids.includes(principal.id)) throw new ApiError("not_an_approver");
  if (!allow_self_approval && (await isSame(deps, principal, actor_id))) {
    throw new ApiError("not_an_approver", {
      sentence: "Someone other than the person who requested this deployment must approve it.",
    });
  }
}

/** Whether a deployment's actor is this caller, who may have pushed as the GitHub account that their token is for. */
async function isSame(
  { tokens, now }: Pick<ApiDeps, "tokens" | "now">,
  principal: Principal,
  actorId: string | null,
): Promise<boolean> {
  if (actorId === null || actorId === principal.id) return actorId === principal.id;
  const account = Number(/^github#(\d+)$/.exec(actorId)?.[1]);
  if (Number.isNaN(account)) return false;
  const token = await tokenOf(tokens, account, Math.floor(Date.parse(now()) / 1000));
  return token !== null && tokenIdentity(token.id) === principal.id && gitHubIdentity(account) === actorId;
}

async function tokenOf(tokens: Tokens, account: number, nowSeconds: number): Promise<Token | null> {
  const hash = await tokens.ofGitHub(account);
  const known = hash === null ? null : await tokens.get(hash, nowSeconds);
  return known?.kind === "token" ? known : null;
}
