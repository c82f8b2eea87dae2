import { connectGitHubSchema, startGitHubSchema } from "../contract/requests.ts";
import { presentGitHubApp } from "../core/github/app.ts";
import { creationUrl, isPublic, manifestFor } from "../core/github/manifest.ts";
import { ApiError } from "./errors.ts";
import { hostOf } from "./origin.ts";
import { parse } from "./parse.ts";
import { type Answer, type ApiWorld, type Call, data } from "./world.ts";

/** As long as GitHub's own code is good for. */
const setupSeconds = 3600;

/** One app serves all of Slipway's apps. */
function requireAllApps({ principal }: Call): void {
  if (principal.apps !== null)
    throw new ApiError("forbidden", { sentence: "The GitHub App is for admins of all apps to set up." });
}

/** Where the caller's browser reaches the control plane: as the installation says, or else as the edge noted it. */
export function baseUrlOf(world: ApiWorld, { headers }: Call): string {
  const { publicUrl } = world.addresses;
  return publicUrl === "" ? `https://${hostOf(headers)}` : publicUrl;
}

export async function showGitHubApp(world: ApiWorld, call: Call): Promise<Answer> {
  requireAllApps(call);
  const app = await world.gitHubApps.get();
  return data({
    app: app === null ? null : presentGitHubApp(app),
    github_url: world.gitHubUrl,
    // Whether GitHub can send pushes here at all.
    receives_pushes: isPublic(baseUrlOf(world, call)),
  });
}

/**
 * Begins a set-up: what the caller's browser posts to GitHub, and where. GitHub leads back with the `state`, which works
 * once and for who began it only, so that nobody can be made to connect an app that is somebody else's.
 */
export async function startGitHubApp(world: ApiWorld, call: Call): Promise<Answer> {
  requireAllApps(call);
  const { organization = null } = parse(startGitHubSchema, call.body);
  await refuseSecond(world);
  const state = world.secret();
  const expires_at = nowSeconds(world) + setupSeconds;
  await world.tokens.put(world.hash(state), { kind: "setup", begun_by: caller(world, call), expires_at });
  const name = `Slipway ${world.secret().slice(0, 6)}`;
  return data(
    { action: creationUrl(world.gitHubUrl, organization, state), manifest: manifestFor(baseUrlOf(world, call), name) },
    201,
  );
}

/** Ends a set-up: exchanges GitHub's code for the app's credentials, and keeps them. */
export async function connectGitHubApp(world: ApiWorld, call: Call): Promise<Answer> {
  requireAllApps(call);
  const { code, state } = parse(connectGitHubSchema, call.body);
  const begun = await world.tokens.take(world.hash(state), nowSeconds(world), "setup");
  if (begun?.kind !== "setup" || begun.begun_by !== caller(world, call)) throw new ApiError("github_setup_over");
  await refuseSecond(world);
  const converted = await world.gitHubManifests.convert(code);
  if (converted.outcome === "unknown") throw new ApiError("github_setup_over");
  if (converted.outcome === "unreachable") throw new ApiError("github_unreachable", { sentence: converted.message });
  const { webhook_secret, ...credentials } = converted.app;
  const app = { ...credentials, connected_at: world.now() };
  // The secret first: an app that is known to be there is one whose pushes are understood.
  if (webhook_secret !== null) await world.webhookSecret.replace(webhook_secret);
  await world.gitHubApps.put(app);
  world.note("A GitHub App was connected", { slug: app.slug });
  return data(presentGitHubApp(app), 201);
}

/** Forgets the app and its key. At GitHub it stays until its owner deletes it there. */
export async function forgetGitHubApp(world: ApiWorld, call: Call): Promise<Answer> {
  requireAllApps(call);
  const app = await world.gitHubApps.get();
  const isRepeat = !(await world.gitHubApps.remove());
  return { ...data(app === null ? null : presentGitHubApp(app)), isRepeat };
}

async function refuseSecond(world: ApiWorld): Promise<void> {
  if ((await world.gitHubApps.get()) !== null) throw new ApiError("github_app_exists");
}

/** Who a set-up is for: the person, and in a browser the session. */
const caller = (world: ApiWorld, { principal, csrf }: Call): string => world.hash(JSON.stringify([principal.id, csrf]));

const nowSeconds = (world: ApiWorld): number => Math.floor(Date.parse(world.now()) / 1000);
