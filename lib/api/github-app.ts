import { connectGitHubSchema, startGitHubSchema } from "../contract/requests.ts";
import type { AuditEntry } from "../core/access/audit.ts";
import { type GitHubApp, presentGitHubApp } from "../core/github/app.ts";
import { creationUrl, isPublic, manifestFor } from "../core/github/manifest.ts";
import { gitHubSettleSeconds } from "../core/worker/github-changes.ts";
import { entryOf } from "./audit-entry.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { ApiError } from "./errors.ts";
import { hostOf } from "./origin.ts";
import { parse } from "./parse.ts";

/** As long as GitHub's own code is good for. */
const setupSeconds = 3600;

/** One app serves all of Slipway's apps. */
function requireAllApps({ principal }: Call): void {
  if (principal.apps !== null)
    throw new ApiError("forbidden", { sentence: "Only admins of all apps can set up the GitHub App." });
}

/** Where the caller's browser reaches the control plane: as the installation says, or else as the edge noted it. */
export function baseUrlOf(deps: ApiDeps, { headers }: Call): string {
  const { publicUrl } = deps.addresses;
  return publicUrl === "" ? `https://${hostOf(headers)}` : publicUrl;
}

export async function showGitHubApp(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  const app = await deps.gitHubApps.get();
  return data({
    app: app === null ? null : presentGitHubApp(app),
    github_url: deps.gitHubUrl,
    // Whether GitHub can send pushes here at all.
    receives_pushes: isPublic(baseUrlOf(deps, call)),
  });
}

/**
 * Begins a set-up: what the caller's browser posts to GitHub, and where. GitHub leads back with the `state`, which works
 * once and for who began it only, so that nobody can be made to connect an app that is somebody else's.
 */
export async function startGitHubApp(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  const { organization = null } = parse(startGitHubSchema, call.body);
  await refuseSecond(deps);
  const state = deps.secret();
  const expires_at = nowSeconds(deps) + setupSeconds;
  await deps.tokens.put(deps.hash(state), { kind: "setup", begun_by: caller(deps, call), expires_at });
  const name = `Slipway ${deps.secret().slice(0, 6)}`;
  return data(
    { action: creationUrl(deps.gitHubUrl, organization, state), manifest: manifestFor(baseUrlOf(deps, call), name) },
    201,
  );
}

/** Ends a set-up: exchanges GitHub's code for the app's credentials, and keeps them. */
export async function connectGitHubApp(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  const { code, state } = parse(connectGitHubSchema, call.body);
  const begun = await deps.tokens.take(deps.hash(state), nowSeconds(deps), "setup");
  if (begun?.kind !== "setup" || begun.begun_by !== caller(deps, call)) throw new ApiError("github_setup_over");
  await refuseSecond(deps);
  const converted = await deps.gitHubManifests.convert(code);
  if (converted.outcome === "unknown") throw new ApiError("github_setup_over");
  if (converted.outcome === "unreachable") throw new ApiError("github_unreachable", { sentence: converted.message });
  const { webhook_secret, ...credentials } = converted.app;
  const app = { ...credentials, connected_at: deps.now() };
  const entry = await announce(deps, call, app, false);
  // The secret first: an app that is known to be there is one whose pushes are understood. The secret before it counts as well, so
  // that of two who connect at once the one who comes too late takes nothing from the other.
  if (webhook_secret !== null) await deps.webhookSecret.replace(webhook_secret);
  if (!(await deps.gitHubApps.create(app))) throw new ApiError("github_app_exists");
  await deps.audit.record(entry);
  deps.logger.info("A GitHub App was connected", { slug: app.slug });
  return data(presentGitHubApp(app), 201);
}

/** Forgets the app and its key. At GitHub it stays until its owner deletes it there. */
export async function forgetGitHubApp(deps: ApiDeps, call: Call): Promise<Answer> {
  requireAllApps(call);
  const app = await deps.gitHubApps.get();
  if (app === null) return data(null);
  const entry = await announce(deps, call, app, true);
  if (await deps.gitHubApps.remove()) await deps.audit.record(entry);
  return data(presentGitHubApp(app));
}

/** Before a change: should this request die after it, the worker records the entry. */
async function announce(deps: ApiDeps, call: Call, app: GitHubApp, is_gone: boolean): Promise<AuditEntry> {
  const { slug, owner, connected_at } = app;
  const entry = entryOf(deps, call, { details: { slug, owner } });
  await deps.queue.send({ type: "github_changed", entry, connected_at, is_gone }, gitHubSettleSeconds);
  return entry;
}

async function refuseSecond(deps: ApiDeps): Promise<void> {
  if ((await deps.gitHubApps.get()) !== null) throw new ApiError("github_app_exists");
}

/** Who a set-up is for: the person, and in a browser the session. */
const caller = (deps: ApiDeps, { principal, csrf }: Call): string => deps.hash(JSON.stringify([principal.id, csrf]));

const nowSeconds = (deps: ApiDeps): number => Math.floor(Date.parse(deps.now()) / 1000);
