import type { ShownSignInMethods } from "../contract/answers/access.ts";
import { principalOf } from "../core/ports/tokens.ts";
import { noteDeed } from "./audit.ts";
import { ApiError } from "./errors.ts";
import { baseUrlOf } from "./github-app.ts";
import { takeFrom } from "./limited.ts";
import { beginSession } from "./sessions.ts";
import { type Answer, type ApiWorld, type Call, data } from "./world.ts";

/** As long as GitHub's code is good for. */
const signInSeconds = 600;
/** The page that it leads to exchanges it at once. */
const exchangeSeconds = 60;
const callbackPath = "/api/auth/github/callback";

/** Why somebody stands at the sign-in page again; the page has a sentence for each. */
type Problem = "denied" | "over" | "unknown_account" | "github_unreachable";

/** For the page where people sign in. */
export async function showSignInMethods(world: ApiWorld): Promise<Answer> {
  const shown: ShownSignInMethods = {
    token: true,
    github: (await world.gitHubApps.get()) !== null,
    mode: world.authMode,
  };
  return data(shown);
}

/** Leads a browser to GitHub. What it comes back with works once, and in this browser only. */
export async function beginGitHubSignIn(world: ApiWorld, call: Call): Promise<Answer> {
  await takeFrom(world, "login", call.address);
  await takeFrom(world, "logins", "all");
  const app = await world.gitHubApps.get();
  if (app === null) throw new ApiError("github_not_connected");
  const [state, verifier] = [world.secret(), world.secret()];
  const expires_at = nowSeconds(world) + signInSeconds;
  const to = destination(call.query.to);
  await world.tokens.put(world.hash(state), { kind: "sign_in", verifier, to, expires_at });
  const asked = new URLSearchParams({
    client_id: app.client_id,
    redirect_uri: `${baseUrlOf(world, call)}${callbackPath}`,
    state,
    code_challenge: Buffer.from(world.hash(verifier), "hex").toString("base64url"),
    code_challenge_method: "S256",
  });
  return leadTo(`${world.gitHubUrl}/login/oauth/authorize?${asked}`, stateCookie(world, state));
}

/** Ends it: makes a session of the token that the account belongs to. Who has none stands at the sign-in page again. */
export async function endGitHubSignIn(world: ApiWorld, call: Call): Promise<Answer> {
  const { code = "", state = "", error } = call.query;
  const begun =
    stateIn(call) === state ? await world.tokens.take(world.hash(state), nowSeconds(world), "sign_in") : null;
  const app = await world.gitHubApps.get();
  if (begun?.kind !== "sign_in" || app === null) return backToLogin("over");
  if (error !== undefined) return backToLogin("denied");
  const { client_id, client_secret } = app;
  const redirect_uri = `${baseUrlOf(world, call)}${callbackPath}`;
  const given = { client_id, client_secret, code, redirect_uri, code_verifier: begun.verifier };
  const signed = await world.gitHubAccounts.signedIn(given);
  if (signed.outcome === "refused") return backToLogin("over");
  if (signed.outcome === "unreachable") return backToLogin("github_unreachable");
  const made_with = await world.tokens.ofGitHub(signed.account.id);
  const token = made_with === null ? null : await world.tokens.get(made_with, nowSeconds(world));
  if (made_with === null || token?.kind !== "token") return backToLogin("unknown_account");
  if (world.authMode === "local") return withCode(world, begun.to, made_with);
  const { cookie } = await beginSession(world, made_with, token);
  const answer = leadTo(begun.to, cookie ?? {});
  const details = { github: signed.account.login };
  const done = { action: "session.begin", app_id: null, deployment_id: null, details, by: principalOf(token) };
  await noteDeed(world, () => done, call, answer);
  return answer;
}

/** Where no cookie may hold a session, the sign-in page exchanges a code in the fragment, which no server is sent. */
async function withCode(world: ApiWorld, to: string, made_with: string): Promise<Answer> {
  const code = world.secret();
  await world.tokens.put(world.hash(code), {
    kind: "code",
    made_with,
    expires_at: nowSeconds(world) + exchangeSeconds,
  });
  return leadTo(`/login?${new URLSearchParams({ to })}#code=${code}`, {});
}

/** Only a place of the dashboard: `//elsewhere` would be another site. */
const destination = (to = "/"): string => (/^\/(?![/\\])[\x21-\x7e]{0,500}$/.test(to) ? to : "/");

const backToLogin = (problem: Problem): Answer => leadTo(`/login?${new URLSearchParams({ problem })}`, {});

const leadTo = (Location: string, headers: Readonly<Record<string, string>>): Answer => ({
  status: 302,
  body: "",
  type: "text/plain; charset=utf-8",
  headers: { Location, "Cache-Control": "no-store", ...headers },
});

const cookieName = "slipway_sign_in";

/** `Lax`, since GitHub leads back from another site; it opens nothing by itself. */
function stateCookie({ addresses }: ApiWorld, state: string): Readonly<Record<string, string>> {
  const attributes = [
    `${cookieName}=${state}`,
    "HttpOnly",
    "SameSite=Lax",
    "Path=/api/auth/github",
    `Max-Age=${signInSeconds}`,
  ];
  const secure = addresses.publicUrl.startsWith("http://") ? [] : ["Secure"];
  return { "Set-Cookie": [...attributes, ...secure].join("; ") };
}

const stateIn = ({ headers }: Call): string | null =>
  new RegExp(`(?:^|;)\\s*${cookieName}=([0-9a-f]{64})\\s*(?:;|$)`).exec(headers.cookie ?? "")?.[1] ?? null;

const nowSeconds = (world: ApiWorld): number => Math.floor(Date.parse(world.now()) / 1000);
