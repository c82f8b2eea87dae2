import { fullBucket, takeToken } from "../../lib/adapters/dynamodb/token-bucket.ts";
import type { AuditEntry } from "../../lib/core/access/audit.ts";
import type { Credential } from "../../lib/core/access/credential.ts";
import { type App, appSchema } from "../../lib/core/app.ts";
import { noBuilds } from "../../lib/core/build-slots.ts";
import { type ConfigurationNumbers, noConfigurations } from "../../lib/core/configuration/numbers.ts";
import { buildSecretsFolder } from "../../lib/core/configuration/secret-parameter.ts";
import type { BuildReport } from "../../lib/core/deployment/build-report.ts";
import { type Deployment, isOpen } from "../../lib/core/deployment/deployment.ts";
import type { ReleaseRecord } from "../../lib/core/deployment/release-record.ts";
import type { Freeze } from "../../lib/core/freeze.ts";
import type { ImageConfig } from "../../lib/core/image-config.ts";
import { emptyLane, type Lane } from "../../lib/core/lane/lane.ts";
import { emptyLog, type LogChunk, type NumberedLine } from "../../lib/core/log/log.ts";
import type { DeploymentOutcome } from "../../lib/core/metrics/outcome.ts";
import type { OrphanReport } from "../../lib/core/orphans.ts";
import { noPlacements } from "../../lib/core/placement/placement.ts";
import type { Audit, Requests, Tokens } from "../../lib/core/ports/access.ts";
import type { Apps, Freezes, Secrets } from "../../lib/core/ports/apps.ts";
import type { BuildReports, BuildSlotStore, Images, SharedImage, SharedImages } from "../../lib/core/ports/builds.ts";
import type { Deployments, Lanes, LogStore } from "../../lib/core/ports/deployments.ts";
import type { Backlog, OrphanReports, WorkQueue } from "../../lib/core/ports/infrastructure.ts";
import type { Outcomes } from "../../lib/core/ports/metrics.ts";
import type { Configurations, PlacementStore, ReleaseRecords } from "../../lib/core/ports/releases.ts";
import { knownRepository, repositoryKey } from "../../lib/core/push/repository.ts";
import { isTerminal } from "../../lib/core/stage.ts";
import { toTimestamp } from "../../lib/core/time.ts";
import type { Message } from "../../lib/core/work-queue/message.ts";

/** A time that passes only when a test moves it. */
export interface SimulatedClock {
  ms: number;
  now(): string;
}

export function simulatedClock(): SimulatedClock {
  let shown = { ms: Number.NaN, text: "" };
  return {
    ms: Date.parse("2026-01-01T00:00:00.000Z"),
    now() {
      // It is asked far more often than it moves.
      if (shown.ms !== this.ms) shown = { ms: this.ms, text: toTimestamp(this.ms) };
      return shown.text;
    },
  };
}

function deepFreeze<T>(value: T): T {
  // What is frozen already came with an earlier row.
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

/**
 * Rows in memory. What nobody may ever write is noted in `violations`. Whoever wrote and whoever reads one share it, since
 * copies would be most of a simulation's work; it is frozen, so that whoever changes one in place fails.
 */
export function memoryDeployments(
  sealed: (id: number) => boolean,
  violations: string[],
  audit: AuditEntry[] = [],
): Deployments {
  const rows = new Map<number, Deployment>();
  const write = (row: Deployment) => rows.set(row.id, deepFreeze(row));
  const all = () => [...rows.values()];
  return {
    create: async (row, entry) => {
      if (rows.has(row.id)) return false;
      write(row);
      if (entry !== undefined) audit.push(entry);
      return true;
    },
    get: async (id) => rows.get(id) ?? null,
    replace: async (next) => {
      const before = rows.get(next.id);
      if (before === undefined || before.version !== next.version - 1) return false;
      if (isTerminal(before.stage) && before.stage !== next.stage)
        violations.push(`${before.stage} became ${next.stage}`);
      if (isTerminal(next.stage) && !sealed(next.id)) violations.push(`${next.stage} before the log was sealed`);
      if (next.progress < before.progress && next.stage !== "failed") violations.push("progress ran backwards");
      write(next);
      return true;
    },
    list: async ({ apps, stage, limit, before }) => {
      const found = all()
        .filter((row) => (apps === null || apps.includes(row.app_id)) && (stage === null || row.stage === stage))
        .filter(({ id }) => before === null || id < before)
        .sort((a, b) => b.id - a.id);
      return { deployments: found.slice(0, limit), more: found.length > limit };
    },
    overdue: async (time) =>
      all()
        .filter((row) => isOpen(row) && row.next_poll_at !== null && row.next_poll_at < time)
        .toSorted((one, other) => String(one.next_poll_at).localeCompare(String(other.next_poll_at))),
    dueAfter: async (time) =>
      all().filter((row) => isOpen(row) && row.next_poll_at !== null && row.next_poll_at > time),
  };
}

/** Chunks in memory, each put once. */
export function memoryLog(): LogStore & { lines(id: number): readonly NumberedLine[]; isSealed(id: number): boolean } {
  const logs = new Map<number, LogChunk[]>();
  const chunks = (id: number): LogChunk[] => logs.get(id) ?? [];
  const head = (id: number) => chunks(id).at(-1)?.head ?? emptyLog;
  const lines = (id: number) =>
    chunks(id).flatMap(({ first, lines: of }) => of.map((line, index) => ({ ...line, cursor: first + index })));
  return {
    lines,
    isSealed: (id) => head(id).sealed,
    head: async (id) => head(id),
    put: async (id, chunk) => {
      if (chunks(id).some(({ first }) => first === chunk.first)) return false;
      logs.set(id, [...chunks(id), chunk]);
      return true;
    },
    read: async (id, after, limit) => {
      const page = lines(id)
        .filter(({ cursor }) => cursor > after)
        .slice(0, limit);
      const next = page.at(-1)?.cursor ?? after;
      const more = lines(id).some(({ cursor }) => cursor > next);
      return { lines: page, next, more, complete: !more && head(id).sealed };
    },
  };
}

export function memoryLanes(): Lanes {
  const lanes = new Map<number, Lane>();
  return {
    get: async (id) => lanes.get(id) ?? emptyLane,
    replace: async (id, next) => {
      if ((lanes.get(id) ?? emptyLane).version !== next.version - 1) return false;
      lanes.set(id, next);
      return true;
    },
    remove: async (id) => void lanes.delete(id),
  };
}

export function memoryBuildSlots(): BuildSlotStore {
  let stored = noBuilds;
  return {
    get: async () => stored,
    replace: async (next) => {
      if (stored.version !== next.version - 1) return false;
      stored = next;
      return true;
    },
  };
}

export function memoryFreezes(audit: AuditEntry[] = []): Freezes {
  let stored: Freeze | null = null;
  return {
    get: async () => stored,
    put: async (freeze, entry) => {
      stored = freeze;
      if (entry !== undefined) audit.push(entry);
    },
    remove: async ({ since, until }, entry) => {
      if (stored?.since !== since || stored.until !== until) return false;
      stored = null;
      if (entry !== undefined) audit.push(entry);
      return true;
    },
  };
}

export function memoryOrphanReports(): OrphanReports {
  let stored: OrphanReport | null = null;
  return {
    get: async () => stored,
    put: async (report) => {
      stored = report;
    },
  };
}

/** `entries`: where the audit entries of changes go. */
export function memoryApps(entries: AuditEntry[] = []): Apps {
  const apps = new Map<number, App>();
  const note = (entry: AuditEntry | undefined): void => void (entry !== undefined && entries.push(entry));
  return {
    create: async (app, audit) => {
      apps.set(app.id, appSchema.parse(app));
      note(audit);
      return true;
    },
    get: async (id) => apps.get(id) ?? null,
    replace: async (next, before, audit) => {
      const stored = apps.get(next.id);
      if (stored?.version !== before.version) return "conflict";
      note(audit);
      // As the table does: what is live is noted apart, without a version, and no change of settings takes it back.
      const { settings, deleted_at, version, live_name } = next;
      const isRenamed = settings.name !== before.settings.name;
      apps.set(next.id, { ...stored, settings, deleted_at, version, ...(isRenamed ? { live_name } : {}) });
      return "replaced";
    },
    domainOwner: async (domain) =>
      [...apps.values()].find((app) => app.deleted_at === null && app.settings.domains.includes(domain))?.id ?? null,
    list: async () => [...apps.values()],
    ofRepositories: async (keys) =>
      [...apps.values()]
        .filter(
          (app) =>
            app.deleted_at === null &&
            [repositoryKey(app.settings.repo_url), knownRepository(app)].some((key) => keys.includes(key ?? "")),
        )
        .sort((a, b) => a.id - b.id),
    setFormerNames: async (id, before, after) => {
      const app = apps.get(id);
      if (app === undefined || JSON.stringify(app.former_names) !== JSON.stringify(before)) return false;
      apps.set(id, { ...app, former_names: [...after] });
      return true;
    },
    setLive: async (id, { deployment_id, replaces, name, pin, former_names, ...live }) => {
      const app = apps.get(id);
      if (app === undefined) return true;
      if (name !== app.settings.name && name !== app.live_name) return false;
      if (![deployment_id, replaces].includes(app.live_deployment_id)) return false;
      const pinned = pin === null ? {} : { pinned: pin.pinned, pinned_by: pin.by };
      const names = { live_name: name, former_names: [...former_names] };
      apps.set(id, { ...app, live_deployment_id: deployment_id, ...names, ...live, ...pinned });
      return true;
    },
    noteRepository: async (id, repository) => {
      const app = apps.get(id);
      if (app?.settings.repo_url === repository.url) apps.set(id, { ...app, repository });
    },
    unpin: async (id, audit) => {
      const app = apps.get(id);
      if (app === undefined || !app.pinned) return false;
      apps.set(id, { ...app, pinned: false, pinned_by: null });
      note(audit);
      return true;
    },
    remove: async ({ id }) => void apps.delete(id),
  };
}

/** Which images are shared, in a map that a test may look into. */
export function memorySharedImages(kept = new Map<string, SharedImage>()): SharedImages {
  const keyOf = ({ owner_app_id, app_id, image_digest }: SharedImage) => `${owner_app_id}#${app_id}#${image_digest}`;
  return {
    share: async (image) => void kept.set(keyOf(image), image),
    list: async (ownerAppId) => [...kept.values()].filter(({ owner_app_id }) => owner_app_id === ownerAppId),
    forget: async (image) => {
      if (kept.get(keyOf(image))?.shared_at === image.shared_at) kept.delete(keyOf(image));
    },
  };
}

/** The numbers of configurations, one row an app. */
export function memoryConfigurations(): Configurations {
  const rows = new Map<number, ConfigurationNumbers>();
  return {
    get: async (id) => rows.get(id) ?? noConfigurations,
    replace: async (id, next) => {
      if ((rows.get(id) ?? noConfigurations).version !== next.version - 1) return false;
      rows.set(id, next);
      return true;
    },
    remove: async (id) => void rows.delete(id),
  };
}

/** The places of all apps, one row. */
export function memoryPlacements(): PlacementStore {
  let row = noPlacements;
  return {
    get: async () => row,
    replace: async (next) => {
      if (row.version !== next.version - 1) return false;
      row = next;
      return true;
    },
  };
}

/** Secrets by app and name, in maps that a test may fill and look into. */
export function memorySecrets(
  now: () => string = () => "2026-01-01T00:00:00.000Z",
  kept = new Map<number, Map<string, { readonly value: string; readonly written_at: string }>>(),
): Secrets {
  const of = (appId: number) => [...(kept.get(appId) ?? [])];
  return {
    put: async (appId, values, which = "all") => {
      const secrets = kept.get(appId) ?? new Map<string, { readonly value: string; readonly written_at: string }>();
      kept.set(appId, secrets);
      for (const [name, value] of Object.entries(values))
        if (which === "all" || !secrets.has(name)) secrets.set(name, { value, written_at: now() });
    },
    remove: async (appId, names) => {
      for (const name of names) kept.get(appId)?.delete(name);
    },
    stored: async (appId) => of(appId).map(([name, { written_at }]) => ({ name, written_at })),
    values: async (appId) => of(appId).map(([, { value }]) => value),
    ofBuilds: async (appId) =>
      Object.fromEntries(
        of(appId).flatMap(([name, { value }]) => (name.startsWith(buildSecretsFolder) ? [[name, value]] : [])),
      ),
  };
}

export function memoryReports(): BuildReports {
  const reports = new Map<string, BuildReport>();
  const keyOf = (id: number, attempt: number) => `${id}#${attempt}`;
  return {
    open: async (id, attempt, ticket, now) => {
      const known = reports.get(keyOf(id, attempt));
      if (known !== undefined) return known;
      const fresh = { ticket, token_hash: null, created_at: now, cloned: null, step: null, finished: null };
      reports.set(keyOf(id, attempt), fresh);
      return fresh;
    },
    get: async (id, attempt) => reports.get(keyOf(id, attempt)) ?? null,
    claim: async (id, attempt, ticket, token) => {
      const report = reports.get(keyOf(id, attempt));
      if (report?.ticket !== ticket || (report.token_hash !== null && report.token_hash !== token)) return false;
      reports.set(keyOf(id, attempt), { ...report, token_hash: token });
      return true;
    },
    report: async (id, attempt, changes) => {
      const report = reports.get(keyOf(id, attempt));
      if (report !== undefined && report.finished === null) reports.set(keyOf(id, attempt), { ...report, ...changes });
    },
  };
}

export function memoryRecords(): ReleaseRecords {
  const records = new Map<number, ReleaseRecord>();
  const list = async (appId: number) =>
    [...records.values()].filter(({ app_id }) => app_id === appId).sort((a, b) => b.deployment_id - a.deployment_id);
  return {
    list,
    record: async (release, keep) => {
      if (!records.has(release.deployment_id)) records.set(release.deployment_id, release);
      for (const old of (await list(release.app_id)).slice(keep)) records.delete(old.deployment_id);
    },
    removeAll: async (appId) => {
      for (const { deployment_id } of await list(appId)) records.delete(deployment_id);
    },
  };
}

/** Outcomes by their deployments, in a map that a test may fill. */
export function memoryOutcomes(kept = new Map<number, DeploymentOutcome>()): Outcomes {
  return {
    record: async (outcome) => void kept.set(outcome.deployment_id, outcome),
    list: async (appId, since) =>
      [...kept.values()]
        .filter(({ app_id, finished_at }) => app_id === appId && finished_at >= since)
        .sort((a, b) => a.finished_at.localeCompare(b.finished_at) || a.deployment_id - b.deployment_id),
  };
}

/** Images by app and digest, in maps that a test may fill and look into. An app has repositories where it has a map. */
export function memoryImages(
  kept = new Map<number, Map<string, readonly string[]>>(),
  configs = new Map<string, ImageConfig>(),
): Images {
  return {
    config: async (appId, digest) => (kept.get(appId)?.has(digest) ? (configs.get(digest) ?? null) : null),
    prepare: async (appId) => void (kept.has(appId) || kept.set(appId, new Map())),
    list: async (appId) => [...(kept.get(appId) ?? [])].map(([digest, tags]) => ({ digest, tags })),
    adopt: async (appId, digest, tag) => {
      const images = kept.get(appId);
      const tags = images?.get(digest);
      if (images === undefined || tags === undefined) return false;
      if ([...images].some(([other, of]) => other !== digest && of.includes(tag))) return false;
      if (!tags.includes(tag)) images.set(digest, [...tags, tag]);
      return true;
    },
    untag: async (appId, gone) => {
      const images = kept.get(appId) ?? new Map<string, readonly string[]>();
      for (const [digest, tags] of [...images]) {
        const left = tags.filter((tag) => !gone.includes(tag));
        if (left.length > 0) images.set(digest, left);
        else images.delete(digest);
      }
    },
    remove: async (appId) => void kept.delete(appId),
    owners: async () => [...kept.keys()].sort((a, b) => a - b),
  };
}

/** The audit log, in an array that a test may look into. */
export function memoryAudit(kept: AuditEntry[] = []): Audit {
  return {
    record: async (entry) => {
      if (!kept.some(({ id }) => id === entry.id)) kept.push(entry);
    },
    list: async ({ app, before, limit }) =>
      kept
        .filter(({ app_id, id }) => (app === null || app_id === app) && (before === null || id < before))
        .sort((one, other) => (one.id < other.id ? 1 : -1))
        .slice(0, limit),
  };
}

/** Credentials by their hashes, in a map that a test may fill and look into. */
export function memoryTokens(kept = new Map<string, Credential>(), audit: AuditEntry[] = []): Tokens {
  const valid = (credential: Credential | undefined, nowSeconds: number): Credential | null => {
    if (credential === undefined) return null;
    return credential.expires_at !== null && credential.expires_at <= nowSeconds ? null : credential;
  };
  const ofGitHub = (accountId: number): string | null =>
    [...kept].find(([, one]) => one.kind === "token" && one.github?.id === accountId)?.[0] ?? null;
  const remove = (hash: string, kind: Credential["kind"]): Credential | undefined => {
    const found = kept.get(hash);
    if (found?.kind !== kind) return undefined;
    kept.delete(hash);
    return found;
  };
  return {
    put: async (hash, credential, entry) => {
      const account = credential.kind === "token" ? credential.github : null;
      if (account !== null && ofGitHub(account.id) !== null) return false;
      kept.set(hash, credential);
      if (entry !== undefined) audit.push(entry);
      return true;
    },
    ofGitHub: async (accountId) => ofGitHub(accountId),
    get: async (hash, nowSeconds) => valid(kept.get(hash), nowSeconds),
    take: async (hash, nowSeconds, kind = "ticket") => valid(remove(hash, kind), nowSeconds),
    list: async () =>
      [...kept.values()].flatMap((one) => (one.kind === "token" ? [one] : [])).sort((a, b) => a.id - b.id),
    revoke: async (id, entry) => {
      const found = [...kept].find(([, one]) => one.kind === "token" && one.id === id);
      if (found === undefined) return false;
      if (entry !== undefined) audit.push(entry);
      return kept.delete(found[0]);
    },
    used: async (hash, at) => {
      const found = kept.get(hash);
      if (found?.kind === "token") kept.set(hash, { ...found, last_used_at: at });
    },
    endSession: async (hash) => void remove(hash, "session"),
  };
}

/** Token buckets in memory. */
export function memoryBuckets(): Pick<Requests, "take"> {
  const buckets = new Map<string, number>();
  return {
    take: async (name, limit, nowMs) => {
      const taken = takeToken(buckets.get(name) ?? fullBucket, limit, nowMs);
      if (taken.allowed) buckets.set(name, taken.fullAtMs);
      return taken;
    },
  };
}

export interface QueuedMessage {
  readonly message: Message;
  /** When it is visible, in milliseconds. */
  readonly at: number;
}

/** The work queue: whoever plays the event source takes messages out and puts back those that were not finished. */
export function memoryQueue(
  clock: SimulatedClock,
  lost: (message: Message) => boolean = () => false,
): WorkQueue & Backlog & { messages: QueuedMessage[] } {
  return {
    messages: [],
    async send(message, delaySeconds = 0) {
      if (!lost(message))
        this.messages.push({ message: JSON.parse(JSON.stringify(message)), at: clock.ms + delaySeconds * 1000 });
    },
    async waiting() {
      return this.messages.filter(({ at }) => at <= clock.ms).length;
    },
  };
}
