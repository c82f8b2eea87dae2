import type { ShownSignInMethods } from "../contract/answers/access.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { baseUrlOf } from "./github-app.ts";
import { takeFrom } from "./limited.ts";
import { beginSession } from "./sessions.ts";

/** As long as GitHub's code is good for. */
const signInSeconds = 600;
/** The page that it leads to exchanges it at once. */
const exchangeSeconds = 60;
const callbackPath = "/api/auth/github/callback";

/** Why somebody stands at the sign-in page again; the page has a sentence for each. */
type Problem = "denied" | "over" | "unknown_account" | "github_unreachable";

/** For the page where people sign in. */
export async function showSignInMethods(deps: ApiDeps): Promise<Answer> {
  const shown: ShownSignInMethods = {
    token: true,
    github: (await deps.gitHubApps.get()) !== null,
    mode: deps.authMode,
  };
  return data(shown);
}

/** Leads a browser to GitHub. What it comes back with works once, and in this browser only. */
export async function beginGitHubSignIn(deps: ApiDeps, call: Call): Promise<Answer> {
  await takeFrom(deps, "login", call.address);
  await takeFrom(deps, "logins", "all");
  const app = await deps.gitHubApps.get();
  if (app === null) throw new ApiError("github_not_connected");
  const [state, verifier] = [deps.secret(), deps.secret()];
  const expires_at = nowSeconds(deps) + signInSeconds;
  const to = destination(call.query.to);
  await deps.tokens.put(deps.hash(state), { kind: "sign_in", verifier, to, expires_at });
  const asked = new URLSearchParams({
    client_id: app.client_id,
    redirect_uri: `${baseUrlOf(deps, call)}${callbackPath}`,
    state,
    code_challenge: Buffer.from(deps.hash(verifier), "hex").toString("base64url"),
    code_challenge_method: "S256",
  });
  return leadTo(`${deps.gitHubUrl}/login/oauth/authorize?${asked}`, stateCookie(deps, state));
}

/** Ends it: makes a session of the token that the account belongs to. Who has none stands at the sign-in page again. */
export async function endGitHubSignIn(deps: ApiDeps, call: Call): Promise<Answer> {
  const { code = "", state = "", error } = call.query;
  const begun = stateIn(call) === state ? await deps.tokens.take(deps.hash(state), nowSeconds(deps), "sign_in") : null;
  const app = await deps.gitHubApps.get();
  if (begun?.kind !== "sign_in" || app === null) return backToLogin("over");
  if (error !== undefined) return backToLogin("denied");
  const { client_id, client_secret } = app;
  const redirect_uri = `${baseUrlOf(deps, call)}${callbackPath}`;
  const given = { client_id, client_secret, code, redirect_uri, code_verifier: begun.verifier };
  const signed = await deps.gitHubAccounts.signedIn(given);
  if (signed.outcome === "refused") return backToLogin("over");
  if (signed.outcome === "unreachable") return backToLogin("github_unreachable");
  const made_with = await deps.tokens.ofGitHub(signed.account.id);
  const token = made_with === null ? null : await deps.tokens.get(made_with, nowSeconds(deps));
  if (made_with === null || token?.kind !== "token") return backToLogin("unknown_account");
  if (deps.authMode === "local") return withCode(deps, begun.to, made_with);
  const details = { github: signed.account.login };
  const { cookie } = await beginSession(deps, { ...call, action: "session.begin" }, { made_with, token, details });
  return leadTo(begun.to, cookie ?? {});
}

/** Where no cookie may hold a session, the sign-in page exchanges a code in the fragment, which no server is sent. */
async function withCode(deps: ApiDeps, to: string, made_with: string): Promise<Answer> {
  const code = deps.secret();
  await deps.tokens.put(deps.hash(code), {
    kind: "code",
    made_with,
    expires_at: nowSeconds(deps) + exchangeSeconds,
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
function stateCookie({ addresses }: ApiDeps, state: string): Readonly<Record<string, string>> {
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

const nowSeconds = (deps: ApiDeps): number => Math.floor(Date.parse(deps.now()) / 1000);
