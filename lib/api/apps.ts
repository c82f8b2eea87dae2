import type { ShownApp, ShownRelease } from "../contract/answers/apps.ts";
import {
  type CreateApp,
  createAppSchema,
  type ImageFields,
  imageFieldsSchema,
  isTaskSize,
  listAllSchema,
  listReleasesSchema,
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
import { changedSettings } from "../core/configuration/differences.ts";
import { buildSecretParameter, secretParameter } from "../core/configuration/secret-parameter.ts";
import type { ReleaseRecord } from "../core/deployment/release-record.ts";
import type { NotificationEndpoint } from "../core/endpoint.ts";
import { repositoryOf } from "../core/github/repository.ts";
import { largestSettings } from "../core/limits.ts";
import { secretsSettleSeconds } from "../core/worker/forget-secrets.ts";
import { identify } from "./approvers.ts";
import { entryOf } from "./audit-entry.ts";
import { objectionsTo } from "./coherence.ts";
import { type Answer, type ApiDeps, type Call, data } from "./deps.ts";
import { objectionsToDomains, shownDomains, spelled, takenDomain } from "./domains.ts";
import { planEndpoints } from "./endpoints.ts";
import { ApiError, type Detail, noApp } from "./errors.ts";
import { type Healths, healthsOf } from "./healths.ts";
import { pageOf } from "./page.ts";
import { parse } from "./parse.ts";
import { presentApp } from "./present.ts";
import { mayRead } from "./principal.ts";
import { repositoryUrl } from "./repository-url.ts";

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
  const { limit, cursor = 0 } = parse(listAllSchema, call.query);
  const rest = (await readableApps(deps, call)).filter(({ id }) => id > cursor);
  const apps = rest.slice(0, limit);
  const healths = await healthsOf(deps, apps);
  const all = await Promise.all(apps.map((app) => shown(deps, app, healths)));
  return pageOf(all, { limit, cursorOf, more: rest.length > limit });
}

const cursorOf = ({ id }: ShownApp): string => String(id);

export async function showApp(deps: ApiDeps, call: Call): Promise<Answer> {
  return data(await shown(deps, await readableApp(deps, call, call.id)));
}

export async function createApp(deps: ApiDeps, call: Call): Promise<Answer> {
  if (call.principal.apps !== null)
    throw new ApiError("forbidden", { sentence: "Your token is limited to certain apps and cannot create new ones." });
  const { secrets, buildSecrets, notifications, gitToken, ...input } = parse(createAppSchema, call.body);
  await requireRole(deps, input.role);
  const { endpoints, addresses } = await planEndpoints(deps, [], notifications);
  const approverIds = await identify(deps, call, input.approvers);
  const version = secretVersion(deps);
  const named = {
    secrets: Object.keys(secrets),
    secretVersions: mapValues(secrets, () => version),
    buildSecrets: Object.keys(buildSecrets),
    buildSecretVersions: mapValues(buildSecrets, () => version),
    notifications: endpoints,
    gitToken: gitToken !== null,
    approverIds,
    fromImage: fromImageAfter(imageSettings, parse(imageFieldsSchema, call.body)),
  };
  const settings = toSettings(deps, { ...input, ...named });
  requireCoherence(settings, null, deps.now());
  requireName(settings, null);
  requireDomains(deps, settings, null);
  requireInternal(deps, settings, null);
  const app: App = {
    id: await deps.counters.next("apps"),
    settings,
    live_deployment_id: null,
    pinned: false,
    pinned_by: null,
    paused: pauseAfter(deps, call, null, settings),
    created_at: deps.now(),
    deleted_at: null,
    version: 1,
    load_balancer_url: null,
    repository: null,
    live_name: null,
    former_names: [],
    live_settings: null,
    badge_key: badgeKey(deps),
  };
  const written = asVersion(version, secrets, buildSecrets);
  await announceSecrets(deps, app.id, Object.keys(written));
  await deps.secrets.put(app.id, written, "missing");
  if (gitToken !== null) await deps.gitTokens.put(app.id, tokenFor(settings, gitToken));
  for (const { id, given } of addresses) await deps.endpointAddresses.put(app.id, id, given);
  if (!(await deps.apps.create(app, entryOn(deps, call, app)))) {
    await deps.secrets.remove(app.id, Object.keys(written));
    if (gitToken !== null) await deps.gitTokens.remove(app.id);
    await deps.endpointAddresses.remove(app.id, idsOf(endpoints));
    throw (await takenDomain(deps, call, app)) ?? nameTaken(settings.name);
  }
  await announceDomains(deps, null, app);
  return data(await shown(deps, app), 201);
}

export async function changeApp(deps: ApiDeps, call: Call): Promise<Answer> {
  const before = await readableApp(deps, call, call.id);
  const { secrets = {}, buildSecrets = {}, notifications, gitToken, ...patch } = parse(patchAppSchema, call.body);
  if (patch.role !== before.settings.role) await requireRole(deps, patch.role ?? null);
  const kept = { endpoints: before.settings.notifications, addresses: [], removed: [] };
  const plan = notifications === undefined ? kept : await planEndpoints(deps, kept.endpoints, notifications);
  const version = secretVersion(deps);
  const versions = asVersion(version, changedSecrets(secrets).set, changedSecrets(buildSecrets).set);
  const approverIds =
    patch.approvers === undefined
      ? before.settings.approver_ids
      : await identify(deps, call, patch.approvers, before.settings);
  const settings = toSettings(deps, {
    ...toInput(before.settings),
    // So many tasks are at least and at most as many.
    ...(patch.instances === undefined ? {} : { scaling: null }),
    ...withoutUndefined(patch),
    approverIds,
    secrets: namesAfter(before.settings.secrets, secrets),
    secretVersions: versionsAfter(before.settings.secret_versions, secrets, version),
    buildSecrets: namesAfter(before.settings.build_secrets, buildSecrets),
    buildSecretVersions: versionsAfter(before.settings.build_secret_versions, buildSecrets, version),
    notifications: plan.endpoints,
    gitToken: gitToken === undefined ? before.settings.git_token : gitToken !== null,
    fromImage: fromImageAfter(before.settings.from_image, patch),
  });
  if (gitToken === undefined) requireSameServer(before.settings, settings);
  requireCoherence(settings, before.settings, deps.now());
  requireName(settings, before.settings);
  requireDomains(deps, settings, before.settings);
  requireInternal(deps, settings, before.settings);
  const badge_key = before.badge_key ?? badgeKey(deps);
  const live_name = before.live_deployment_id === null ? before.live_name : addressName(before);
  const paused = pauseAfter(deps, call, before, settings);
  const next: App = { ...before, settings, paused, live_name, badge_key, version: before.version + 1 };
  const token = typeof gitToken === "string" ? tokenFor(settings, gitToken) : null;
  const known = idsOf(before.settings.notifications);
  const [changed, added] = [
    plan.addresses.filter(({ id }) => known.includes(id)),
    plan.addresses.filter(({ id }) => !known.includes(id)),
  ];
  // What the row will name must be there before. What it names already changes for whoever wins the race for the row only.
  await announceSecrets(deps, before.id, [...Object.keys(secrets), ...Object.keys(buildSecrets)]);
  await deps.secrets.put(before.id, versions, "missing");
  if (token !== null && !before.settings.git_token) await deps.gitTokens.put(before.id, token, "missing");
  for (const { id, given } of added) await deps.endpointAddresses.put(before.id, id, given);
  const changes = changedSettings(before.settings, settings);
  const outcome = await deps.apps.replace(next, before, entryOn(deps, call, before, { changes }));
  if (outcome !== "replaced") {
    await deps.endpointAddresses.remove(
      before.id,
      added.map(({ id }) => id),
    );
    await deps.secrets.remove(before.id, Object.keys(versions));
    if (outcome === "conflict") throw new ApiError("conflict");
    throw (await takenDomain(deps, call, next)) ?? nameTaken(settings.name);
  }
  await announceDomains(deps, before, next);
  if (token !== null) await deps.gitTokens.put(before.id, token);
  for (const { id, given } of changed) await deps.endpointAddresses.put(before.id, id, given);
  if (gitToken === null && before.settings.git_token) await deps.gitTokens.remove(before.id);
  await deps.endpointAddresses.remove(before.id, plan.removed);
  if (before.settings.log_retention_days !== settings.log_retention_days)
    await deps.queue.send({ type: "log_retention", app_id: before.id });
  return data(await shown(deps, next));
}

export async function deleteApp(deps: ApiDeps, call: Call): Promise<Answer> {
  const before = await readableApp(deps, call, call.id);
  const next: App = { ...before, deleted_at: deps.now(), version: before.version + 1 };
  if ((await deps.apps.replace(next, before, entryOn(deps, call, before))) !== "replaced") {
    // Somebody who deleted it at the same moment left nothing to delete.
    await readableApp(deps, call, before.id);
    throw new ApiError("conflict");
  }
  await deps.queue.send({ type: "app_deleted", app_id: before.id });
  return data(await shown(deps, next));
}

export async function unpinApp(deps: ApiDeps, call: Call): Promise<Answer> {
  const before = await readableApp(deps, call, call.id);
  if (!(await deps.apps.unpin(before.id, entryOn(deps, call, before))))
    throw new ApiError("not_pinned", { sentence: `The app ${before.settings.name} isn't pinned.` });
  return data(await shown(deps, { ...before, pinned: false, pinned_by: null }));
}

/** What was named in the request, and how the settings differ since; of a secret only its name. */
function entryOn(deps: ApiDeps, call: Call, app: App, more: Readonly<Record<string, unknown>> = {}) {
  const fields = typeof call.body === "object" && call.body !== null ? Object.keys(call.body) : undefined;
  return entryOf(deps, call, { app_id: app.id, details: { fields, ...more } });
}

export async function listReleases(deps: ApiDeps, call: Call): Promise<Answer> {
  const app = await readableApp(deps, call, call.id);
  const { limit, cursor = Number.POSITIVE_INFINITY } = parse(listReleasesSchema, call.query);
  const records = (await deps.records.list(app.id)).filter(({ deployment_id }) => deployment_id < cursor);
  const releases = records.map((record) => presentRelease(record, app));
  return pageOf(releases, { limit, cursorOf: ({ deployment_id }) => String(deployment_id) });
}

function presentRelease(
  { app_id: _, image_app_id: __, task_definitions: ___, ...record }: ReleaseRecord,
  app: App,
): ShownRelease {
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
  return presentApp(app, deps.addresses, endpoints, health, await shownDomains(deps, app));
}

/** Refuses a role that the app's tasks could not have. */
async function requireRole(deps: ApiDeps, role: string | null): Promise<void> {
  const objection = role === null ? null : await deps.roles.objection(role);
  if (objection !== null)
    throw new ApiError("invalid_request", { sentence: objection, details: [{ field: "role", message: objection }] });
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
function requireCoherence(settings: Settings, before: Settings | null, now: string): void {
  const known = new Set((before === null ? [] : objectionsTo(before, now)).map(({ field }) => field));
  const details = objectionsTo(settings, now).filter(({ field }) => !known.has(field));
  if (details.length > 0) throw invalidFields(details);
}

/** A name of digits would be taken for a number wherever an app is named by either. */
function requireName({ name }: Settings, before: Settings | null): void {
  if (name !== before?.name && /^\d+$/.test(name)) throw invalid("name", "must not consist of digits only");
}

/** What an app had while the installation had another domain does not stand in the way of other changes. */
function requireDomains({ addresses }: ApiDeps, settings: Settings, before: Settings | null): void {
  if (before?.domains.join() === settings.domains.join()) return;
  const objections = objectionsToDomains(settings, addresses.domain);
  if (objections.length > 0) throw invalidFields(objections);
}

/** The target groups of an app stay on the load balancer that it came to first. */
function requireInternal({ addresses }: ApiDeps, { internal }: Settings, before: Settings | null): void {
  if (before !== null && before.internal !== internal)
    throw invalid("internal", "cannot be changed after the app was created: create another app");
  if (before === null && internal && addresses.privateUrl === "")
    throw invalid(
      "internal",
      "needs an installation with private names: npm run deploy -- -c privateNames=true, or in local mode npm start -- --private-names",
    );
}

/** What was made for domains is looked after by the worker; should this request die before, the sweep finds it. */
async function announceDomains({ queue }: ApiDeps, before: App | null, { id, settings }: App): Promise<void> {
  const known = before?.settings.domains ?? [];
  if (known.join() !== settings.domains.join()) await queue.send({ type: "domains", app_id: id, due: null });
}

/** A name for the versions that one request writes. Nobody else writes under it, so none is written twice. */
const secretVersion = ({ secret }: ApiDeps): string => secret().slice(0, 16);

/** Secrets of tasks and of builds under the names of this version. */
const asVersion = (
  version: string,
  secrets: Readonly<Record<string, string>>,
  buildSecrets: Readonly<Record<string, string>>,
): Record<string, string> => ({
  ...mapKeys(secrets, (name) => secretParameter(name, version)),
  ...mapKeys(buildSecrets, (name) => buildSecretParameter(name, version)),
});

/** Before secrets are written or left: should this request die, whoever looks at them later gives up what nobody names. */
async function announceSecrets({ queue }: ApiDeps, appId: number, names: readonly string[]): Promise<void> {
  if (names.length > 0) await queue.send({ type: "secrets_written", app_id: appId }, secretsSettleSeconds);
}

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

/** Those that were given have this version from now on. */
function versionsAfter(
  before: Settings["secret_versions"],
  given: Readonly<Record<string, string | null>>,
  version: string,
): Settings["secret_versions"] {
  const { removed, set } = changedSecrets(given);
  return { ...without(before, removed), ...mapValues(set, () => version) };
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
  secretVersions: Settings["secret_versions"];
  buildSecrets: string[];
  buildSecretVersions: Settings["build_secret_versions"];
  notifications: readonly NotificationEndpoint[];
  /** Whether there is one. */
  gitToken: boolean;
  approverIds: readonly string[];
  /** The settings that the image says. */
  fromImage: Settings["from_image"];
};

/** Who turned automatic deploys off, or gave another reason for that. */
function pauseAfter(deps: ApiDeps, call: Call, before: App | null, settings: Settings): App["paused"] {
  if (settings.auto_deploy) return null;
  const isSame = before?.settings.auto_deploy === false && before.settings.pause_reason === settings.pause_reason;
  return isSame ? before.paused : { by: call.principal.name, at: deps.now() };
}

/** From the wire's camelCase to a row's settings; what only shows in combination is checked here. */
function toSettings(deps: ApiDeps, input: Input): Settings {
  if (!isTaskSize(input.cpu, input.memory)) {
    const message = `Fargate has no task of ${input.cpu} CPU units and ${input.memory} MB`;
    throw new ApiError("invalid_request", { sentence: `${message}.`, details: [{ field: "memory", message }] });
  }
  requireProcessSizes(input);
  const repoUrl = repositoryUrl(deps, input.repoUrl);
  // Over plain HTTP everybody on the way reads it; a laptop is its own way.
  const mayCarryToken = repoUrl.startsWith("https:") || (repoUrl.startsWith("http:") && deps.localRepositories);
  if (input.gitToken && !mayCarryToken) throw invalid("gitToken", "is for a repository at an https:// address only");
  const {
    secretVersions: secret_versions,
    buildSecretVersions: build_secret_versions,
    ...given
  } = { ...input, domains: spelled(input.domains) };
  const nested = {
    secret_versions,
    build_secret_versions,
    strategy: toStrategy(input.strategy),
    alarms: snakeKeys(input.alarms),
    processes: input.processes.map(snakeKeys),
    crons: input.crons.map(snakeKeys),
    scaling: input.scaling && snakeKeys(input.scaling),
    pause_reason: input.autoDeploy ? null : input.pauseReason,
  };
  return requireFit(
    settingsSchema.parse({ ...snakeKeys({ ...given, repoUrl }), ...nested, ...imageSettingsOf(input) }),
  );
}

/** What a process does not say of its size is the app's: both together have to be a size of Fargate. */
function requireProcessSizes(input: Input): void {
  const details = input.processes.flatMap((process, index) => {
    const { cpu, memory } = { cpu: process.cpu ?? input.cpu, memory: process.memory ?? input.memory };
    if (isTaskSize(cpu, memory)) return [];
    const field = `processes.${index}.${process.memory === null && process.cpu !== null ? "cpu" : "memory"}`;
    return [{ field, message: `of ${process.name}: Fargate has no task of ${cpu} CPU units and ${memory} MB` }];
  });
  const [first] = details;
  if (first !== undefined)
    throw new ApiError("invalid_request", { sentence: `${first.field} ${first.message}.`, details });
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
  // Versions follow from the secrets, and are of one length.
  const { secret_versions: _, build_secret_versions: __, ...measured } = settings;
  const bytes = Buffer.byteLength(JSON.stringify(measured));
  if (bytes <= largestSettings) return settings;
  const [kilobytes, most] = [Math.ceil(bytes / 1024), largestSettings / 1024];
  const sizes = Object.entries(measured).map(([name, value]) => ({ name, size: JSON.stringify(value).length }));
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
type Derived =
  | "secrets"
  | "secretVersions"
  | "buildSecrets"
  | "buildSecretVersions"
  | "notifications"
  | "gitToken"
  | "approverIds"
  | "fromImage";

const without = (values: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));

/** From a row's settings back to the wire's input, so that PATCH goes the same way as POST. */
function toInput({
  approver_ids: _ids,
  secret_versions: _versions,
  build_secret_versions: _buildVersions,
  from_image: _image,
  ...settings
}: Settings): Omit<Input, Derived> {
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
    processes: settings.processes.map(camelKeys),
    crons: settings.crons.map(camelKeys),
    scaling: settings.scaling && camelKeys(settings.scaling),
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

const mapValues = <Value, Mapped>(
  value: Readonly<Record<string, Value>>,
  change: (entry: Value) => Mapped,
): Record<string, Mapped> => Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, change(entry)]));

/** zod's `partial` types what is absent as `undefined`, which a spread would write over what is there. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
