import { pathToFileURL } from "node:url";
import type { ShownApp, ShownRelease } from "../contract/answers/apps.ts";
import {
  type CreateApp,
  createAppSchema,
  type ImageFields,
  imageFieldsSchema,
  isTaskSize,
  patchAppSchema,
} from "../contract/requests.ts";
import {
  type App,
  addressName,
  imageDefaults,
  type Settings,
  type Strategy,
  settingsSchema,
  strategySchema,
} from "../core/app.ts";
import type { GitToken } from "../core/app-repository.ts";
import { buildSecretName } from "../core/build-secret-name.ts";
import type { ReleaseRecord } from "../core/deployment/release-record.ts";
import type { NotificationEndpoint } from "../core/endpoint.ts";
import { repositoryOf } from "../core/github/repository.ts";
import { largestSettings } from "../core/limits.ts";
import { objectionToRepository } from "../core/repository-address.ts";
import { identify } from "./approvers.ts";
import { objectionsTo } from "./coherence.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { planEndpoints } from "./endpoints.ts";
import { ApiError, type Detail, noApp } from "./errors.ts";
import { type Healths, healthsOf } from "./healths.ts";
import { parse } from "./parse.ts";
import { presentApp } from "./present.ts";
import { mayRead } from "./principal.ts";

/** The app of a call, if the caller sees it. */
export async function readableApp(
  deps: { readonly apps: Pick<ApiDeps["apps"], "get"> },
  call: Pick<Call, "principal">,
  id: number,
): Promise<App> {
  const app = mayRead(call.principal, id) ? await deps.apps.get(id) : null;
  if (app === null || app.deleted_at !== null) throw noApp(id);
  return app;
}

/** All apps that the caller sees. */
export async function readableApps(deps: Pick<ApiDeps, "apps">, call: Pick<Call, "principal">): Promise<App[]> {
  return (await deps.apps.list()).filter((app) => app.deleted_at === null && mayRead(call.principal, app.id));
}

export async function listApps(deps: ApiDeps, call: Call): Promise<Answer> {
  const apps = await readableApps(deps, call);
  const healths = await healthsOf(deps, apps);
  return data(await Promise.all(apps.map((app) => shown(deps, app, healths))));
}

export async function showApp(deps: ApiDeps, call: Call): Promise<Answer> {
  return data(await shown(deps, await readableApp(deps, call, call.id)));
}

export async function createApp(deps: ApiDeps, call: Call): Promise<Answer> {
  if (call.principal.apps !== null)
    throw new ApiError("forbidden", { sentence: "Your token is limited to certain apps and cannot create new ones." });
  const { secrets, buildSecrets, notifications, gitToken, ...input } = parse(createAppSchema, call.body);
  const { endpoints, addresses } = await planEndpoints(deps, [], notifications);
  const approverIds = await identify(deps, call, input.approvers);
  const named = {
    secrets: Object.keys(secrets),
    buildSecrets: Object.keys(buildSecrets),
    notifications: endpoints,
    gitToken: gitToken !== null,
    approverIds,
    fromImage: fromImageAfter(imageSettings, parse(imageFieldsSchema, call.body)),
  };
  const settings = toSettings(deps, { ...input, ...named });
  requireCoherence(settings, null);
  const app: App = {
    id: await deps.counters.next("apps"),
    settings,
    live_deployment_id: null,
    pinned: false,
    pinned_by: null,
    created_at: deps.now(),
    deleted_at: null,
    version: 1,
    load_balancer_url: null,
    repository: null,
    live_name: null,
    badge_key: badgeKey(deps),
  };
  await deps.secrets.put(app.id, { ...secrets, ...asBuildSecrets(buildSecrets) }, "missing");
  if (gitToken !== null) await deps.gitTokens.put(app.id, tokenFor(settings, gitToken));
  for (const { id, given } of addresses) await deps.endpointAddresses.put(app.id, id, given);
  if (!(await deps.apps.create(app))) {
    await deps.secrets.remove(app.id, secretNames(settings));
    if (gitToken !== null) await deps.gitTokens.remove(app.id);
    await deps.endpointAddresses.remove(app.id, idsOf(endpoints));
    throw nameTaken(settings.name);
  }
  return data(await shown(deps, app), 201);
}

export async function changeApp(deps: ApiDeps, call: Call): Promise<Answer> {
  const before = await readableApp(deps, call, call.id);
  const { secrets = {}, buildSecrets = {}, notifications, gitToken, ...patch } = parse(patchAppSchema, call.body);
  const kept = { endpoints: before.settings.notifications, addresses: [], removed: [] };
  const plan = notifications === undefined ? kept : await planEndpoints(deps, kept.endpoints, notifications);
  const { removed, set } = changedSecrets({ ...secrets, ...asBuildSecrets(buildSecrets) });
  const approverIds =
    patch.approvers === undefined
      ? before.settings.approver_ids
      : await identify(deps, call, patch.approvers, before.settings);
  const settings = toSettings(deps, {
    ...toInput(before.settings),
    ...withoutUndefined(patch),
    approverIds,
    secrets: namesAfter(before.settings.secrets, secrets),
    buildSecrets: namesAfter(before.settings.build_secrets, buildSecrets),
    notifications: plan.endpoints,
    gitToken: gitToken === undefined ? before.settings.git_token : gitToken !== null,
    fromImage: fromImageAfter(before.settings.from_image, patch),
  });
  if (gitToken === undefined) requireSameServer(before.settings, settings);
  requireCoherence(settings, before.settings);
  const badge_key = before.badge_key ?? badgeKey(deps);
  const live_name = before.live_deployment_id === null ? before.live_name : addressName(before);
  const next: App = { ...before, settings, live_name, badge_key, version: before.version + 1 };
  const token = typeof gitToken === "string" ? tokenFor(settings, gitToken) : null;
  const known = idsOf(before.settings.notifications);
  const [changed, added] = [
    plan.addresses.filter(({ id }) => known.includes(id)),
    plan.addresses.filter(({ id }) => !known.includes(id)),
  ];
  // What the row will name must be there before. What it names already changes for whoever wins the race for the row only.
  await deps.secrets.put(before.id, without(set, secretNames(before.settings)), "missing");
  if (token !== null && !before.settings.git_token) await deps.gitTokens.put(before.id, token, "missing");
  for (const { id, given } of added) await deps.endpointAddresses.put(before.id, id, given);
  const outcome = await deps.apps.replace(next, before);
  if (outcome !== "replaced") {
    await deps.endpointAddresses.remove(
      before.id,
      added.map(({ id }) => id),
    );
    throw outcome === "name_taken" ? nameTaken(settings.name) : new ApiError("conflict");
  }
  await deps.secrets.put(before.id, set);
  if (token !== null) await deps.gitTokens.put(before.id, token);
  for (const { id, given } of changed) await deps.endpointAddresses.put(before.id, id, given);
  await deps.secrets.remove(before.id, removed);
  if (gitToken === null && before.settings.git_token) await deps.gitTokens.remove(before.id);
  await deps.endpointAddresses.remove(before.id, plan.removed);
  return data(await shown(deps, next));
}

export async function deleteApp(deps: ApiDeps, call: Call): Promise<Answer> {
  const before = await readableApp(deps, call, call.id);
  const next: App = { ...before, deleted_at: deps.now(), version: before.version + 1 };
  if ((await deps.apps.replace(next, before)) !== "replaced") {
    // Somebody who deleted it at the same moment left nothing to delete.
    await readableApp(deps, call, before.id);
    throw new ApiError("conflict");
  }
  await deps.queue.send({ type: "app_deleted", app_id: before.id });
  return data(await shown(deps, next));
}

export async function unpinApp(deps: ApiDeps, call: Call): Promise<Answer> {
  const before = await readableApp(deps, call, call.id);
  if (!(await deps.apps.unpin(before.id)))
    throw new ApiError("not_pinned", { sentence: `The app ${before.settings.name} isn't pinned.` });
  return data(await shown(deps, { ...before, pinned: false, pinned_by: null }));
}

export async function listReleases(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  const records = await deps.records.list(app.id);
  return data(records.map((record) => presentRelease(record, app)));
}

function presentRelease({ app_id: _, ...record }: ReleaseRecord, app: App): ShownRelease {
  return { ...record, live: record.deployment_id === app.live_deployment_id };
}

/** 128 bits: ids can be counted, keys cannot be guessed. */
const badgeKey = ({ secret }: ApiDeps): string => secret().slice(0, 32);

/** `healths`: of apps, where they are known already. */
async function shown(deps: ApiDeps, app: App, healths?: Healths): Promise<ShownApp> {
  const { notifications, repo_url } = app.settings;
  const hasEndpoints = notifications.length > 0 || repositoryOf(repo_url, deps.gitHubUrl) !== null;
  const endpoints = hasEndpoints ? await deps.endpointHealths.list(app.id) : [];
  const health = (healths ?? (await healthsOf(deps, [app]))).get(app.id) ?? null;
  return presentApp(app, deps.addresses, endpoints, health);
}

const idsOf = (endpoints: readonly NotificationEndpoint[]): string[] => endpoints.map(({ id }) => id);

const nameTaken = (name: string): ApiError =>
  new ApiError("name_taken", {
    sentence: `There is an app named ${name} already, or one of that name is still being deleted.`,
  });

/** A token is for the server of the repository that it was given with. */
const tokenFor = ({ repo_url }: Settings, token: string): GitToken => ({ origin: new URL(repo_url).origin, token });

/** Who may change an app must not learn its token by leading it to a server of their own. */
function requireSameServer(before: Settings, after: Settings): void {
  if (!before.git_token || new URL(before.repo_url).origin === new URL(after.repo_url).origin) return;
  throw invalid("gitToken", "must be given again, or as null, since the repository moves to another server");
}

const invalid = (field: string, message: string): ApiError => invalidFields([{ field, message }]);

function invalidFields(details: readonly Detail[]): ApiError {
  const fields = [...new Set(details.map(({ field }) => field))].join(", ");
  return new ApiError("invalid_request", { sentence: `The request has invalid fields: ${fields}.`, details });
}

/** Refuses what contradicts itself. What an app had before it was checked does not stand in the way of other changes. */
function requireCoherence(settings: Settings, before: Settings | null): void {
  const known = new Set((before === null ? [] : objectionsTo(before)).map(({ field }) => field));
  const details = objectionsTo(settings).filter(({ field }) => !known.has(field));
  if (details.length > 0) throw invalidFields(details);
}

/** Under the names by which they lie beside the app's own. */
const asBuildSecrets = <Value>(given: Readonly<Record<string, Value>>): Record<string, Value> =>
  mapKeys(given, buildSecretName);

/** The names of all secrets of an app, as they lie. */
const secretNames = ({ secrets, build_secrets }: Settings): string[] => [
  ...secrets,
  ...build_secrets.map(buildSecretName),
];

/** What a PATCH sets, and what it takes away: `null`. */
function changedSecrets(given: Readonly<Record<string, string | null>>) {
  const entries = Object.entries(given);
  const removed = entries.filter(([, value]) => value === null).map(([name]) => name);
  const set: Record<string, string> = Object.fromEntries(
    entries.flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
  return { removed, set };
}

function namesAfter(before: readonly string[], given: Readonly<Record<string, string | null>>): string[] {
  const { removed, set } = changedSecrets(given);
  return [...new Set([...before, ...Object.keys(set)])].filter((name) => !removed.includes(name));
}

const imageSettings: Settings["from_image"] = ["port", "health_check_path"];

/** A setting that a body names is the app's own; one that is `null` there is the image's. */
function fromImageAfter(
  before: Settings["from_image"],
  { port, healthCheckPath: health_check_path }: ImageFields,
): Settings["from_image"] {
  const given = { port, health_check_path };
  return imageSettings.filter((name) => (given[name] === undefined ? before.includes(name) : given[name] === null));
}

type Input = Omit<CreateApp, "secrets" | "buildSecrets" | "notifications" | "gitToken"> & {
  secrets: string[];
  buildSecrets: string[];
  notifications: readonly NotificationEndpoint[];
  /** Whether there is one. */
  gitToken: boolean;
  approverIds: readonly string[];
  /** The settings that the image says. */
  fromImage: Settings["from_image"];
};

/** From the wire's camelCase to a row's settings; what only shows in combination is checked here. */
function toSettings(deps: ApiDeps, input: Input): Settings {
  if (!isTaskSize(input.cpu, input.memory)) {
    const message = `Fargate has no task of ${input.cpu} CPU units and ${input.memory} MB`;
    throw new ApiError("invalid_request", { sentence: `${message}.`, details: [{ field: "memory", message }] });
  }
  const repoUrl = input.repoUrl.startsWith("/") ? pathToFileURL(input.repoUrl).href : input.repoUrl;
  const message = objectionToRepository(repoUrl, deps.localRepositories ? "anywhere" : "public");
  if (message !== null) throw invalid("repoUrl", message);
  // Over plain HTTP everybody on the way reads it; a laptop is its own way.
  const mayCarryToken = repoUrl.startsWith("https:") || (repoUrl.startsWith("http:") && deps.localRepositories);
  if (input.gitToken && !mayCarryToken) throw invalid("gitToken", "is for a repository at an https:// address only");
  const nested = { strategy: toStrategy(input.strategy), alarms: snakeKeys(input.alarms) };
  return requireFit(
    settingsSchema.parse({ ...snakeKeys({ ...input, repoUrl }), ...nested, ...imageSettingsOf(input) }),
  );
}

/** An app with a variable PORT says its port thereby. */
function imageSettingsOf({ port, healthCheckPath, env, fromImage }: Input) {
  const saysPort = Object.hasOwn(env, "PORT");
  return {
    port: port ?? imageDefaults.port,
    health_check_path: healthCheckPath ?? imageDefaults.health_check_path,
    from_image: fromImage.filter((name) => name !== "port" || !saysPort),
  };
}

/** Refuses what no row would hold, before anything is written. */
function requireFit(settings: Settings): Settings {
  const bytes = Buffer.byteLength(JSON.stringify(settings));
  if (bytes <= largestSettings) return settings;
  const [kilobytes, most] = [Math.ceil(bytes / 1024), largestSettings / 1024];
  const sizes = Object.entries(settings).map(([name, value]) => ({ name, size: JSON.stringify(value).length }));
  const [largest] = sizes.toSorted((one, other) => other.size - one.size);
  const sentence = `The app's settings take ${kilobytes} KB, and ${most} KB is the maximum. Most of it is ${largest?.name}.`;
  throw new ApiError("invalid_request", {
    sentence,
    details: [{ field: camelCase(largest?.name ?? ""), message: `makes the settings larger than ${most} KB` }],
  });
}

function toStrategy({ smokeCheck, ...strategy }: CreateApp["strategy"]): Strategy {
  return strategySchema.parse({
    ...snakeKeys(strategy),
    ...(smokeCheck ? { smoke_check: snakeKeys(smokeCheck) } : {}),
  });
}

/** What PATCH works out anew. */
type Derived = "secrets" | "buildSecrets" | "notifications" | "gitToken" | "approverIds" | "fromImage";

const without = (values: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));

/** From a row's settings back to the wire's input, so that PATCH goes the same way as POST. */
function toInput({ approver_ids: _ids, from_image: _image, ...settings }: Settings): Omit<Input, Derived> {
  const { smoke_check, ...strategy } = settings.strategy;
  const check = smoke_check ? { smokeCheck: camelKeys(smoke_check) } : {};
  const {
    secrets: _,
    buildSecrets: __,
    notifications: ___,
    gitToken: ____,
    ...input
  } = createAppSchema.parse({
    ...camelKeys(settings),
    secrets: {},
    buildSecrets: {},
    notifications: [],
    gitToken: null,
    strategy: { ...camelKeys(strategy), ...check },
    alarms: camelKeys(settings.alarms),
  });
  return input;
}

const snakeKeys = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  mapKeys(value, (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const camelKeys = (value: Readonly<Record<string, unknown>>): Record<string, unknown> => mapKeys(value, camelCase);

const mapKeys = <Value>(
  value: Readonly<Record<string, Value>>,
  change: (key: string) => string,
): Record<string, Value> => Object.fromEntries(Object.entries(value).map(([key, entry]) => [change(key), entry]));

/** zod's `partial` types what is absent as `undefined`, which a spread would write over what is there. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
