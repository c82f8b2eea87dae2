import { createHash } from "node:crypto";
import type { Answer, ApiDeps } from "../../lib/api/deps.ts";
import { ApiError, errorBody } from "../../lib/api/errors.ts";
import type { AuditEntry } from "../../lib/core/access/audit.ts";
import type { Credential } from "../../lib/core/access/credential.ts";
import type { App } from "../../lib/core/app.ts";
import type { Deployment } from "../../lib/core/deployment/deployment.ts";
import type { ReleaseRecord } from "../../lib/core/deployment/release-record.ts";
import type { AppDomains } from "../../lib/core/domains/domains.ts";
import type { DeploymentOutcome } from "../../lib/core/metrics/outcome.ts";
import { knownRepository, repositoryKey } from "../../lib/core/push/repository.ts";
import type { Run } from "../../lib/core/run/run.ts";
import type { Message } from "../../lib/core/work-queue/message.ts";
import { memoryDomains } from "./memory-domains.ts";
import { memoryRuns } from "./memory-runs.ts";
import {
  memoryAudit,
  memoryFreezes,
  memoryOutcomes,
  memoryPlacements,
  memorySecrets,
  memorySharedImages,
  memoryTokens,
} from "./memory-stores.ts";
import { memoryReadings, memoryRestarts, memoryUsage } from "./memory-usage.ts";
import { retrying } from "./retrying.ts";
import { silentLogger } from "./silent-logger.ts";

/** What an API of ours keeps when it keeps it in memory. Tests fill it and look into it. */
export interface Kept {
  readonly apps: Map<number, App>;
  readonly deployments: Map<number, Deployment>;
  readonly tokens: Map<string, Credential>;
  readonly records: ReleaseRecord[];
  readonly runs: Map<number, Run>;
  readonly outcomes: Map<number, DeploymentOutcome>;
  readonly domains: Map<number, AppDomains>;
  readonly audit: AuditEntry[];
  readonly messages: Message[];
}

export const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A refusal as whoever asked gets it. Anything else is thrown on. */
export function refusedAs(error: unknown): Answer {
  if (error instanceof ApiError) return { status: error.status, body: errorBody(error, "request") };
  throw error;
}

/** The API's ports over memory: enough for who may do what, not a stand-in for the tables. */
export function apiDeps(): { readonly deps: ApiDeps; readonly kept: Kept } {
  const kept: Kept = {
    apps: new Map(),
    deployments: new Map(),
    tokens: new Map(),
    records: [],
    runs: new Map(),
    outcomes: new Map(),
    domains: new Map(),
    audit: [],
    messages: [],
  };
  let next = 1000;
  const reserved = new Map<string, { id: number; fingerprint: string }>();
  const deps: ApiDeps = {
    ...tablesOf(kept),
    runs: memoryRuns(kept.runs, kept.audit),
    tasks: { counts: async () => new Map(), see: async () => ({ counts: null, tasks: [] }) },
    usage: memoryUsage(),
    readings: memoryReadings(),
    restarts: memoryRestarts(),
    roles: { objection: async () => null },
    counters: { next: async () => next++ },
    requests: {
      reserve: async (key, reservation) => {
        const known = reserved.get(key);
        if (known === undefined) reserved.set(key, reservation);
        return {
          ...(known ?? reservation),
          first: known === undefined,
          reserved_at: Date.parse("2026-01-01T00:00:00.000Z") / 1000,
        };
      },
      take: async () => ({ allowed: true }),
    },
    sharedImages: memorySharedImages(),
    domains: memoryDomains(kept.domains, kept.audit),
    placements: memoryPlacements(),
    secrets: memorySecrets(),
    freezes: memoryFreezes(kept.audit),
    orphanReports: { get: async () => null },
    gitTokens: { put: async () => {}, remove: async () => {} },
    gitHubApps: { get: async () => null, create: async () => true, remove: async () => false },
    gitHubAccounts: {
      find: async () => ({ outcome: "unknown" }),
      signedIn: async () => ({ outcome: "refused" }),
    },
    gitHubManifests: { convert: async () => ({ outcome: "unknown" }) },
    webhookSecret: { replace: async () => {} },
    gitHubUrl: "https://github.com",
    endpointAddresses: { put: async () => {}, remove: async () => {} },
    endpointHealths: { list: async () => [] },
    outbound: { objection: async () => null },
    histories: { between: async () => ({ commits: [], complete: true }) },
    sources: { open: async () => null },
    heads: { resolve: async () => ({ outcome: "resolved", commit: "a".repeat(40), message: "Fix" }) },
    queue: { send: async (message) => void kept.messages.push(message) },
    addresses: { appUrl: "", domain: "", privateUrl: "", isHosted: false, publicUrl: "" },
    authMode: "required",
    allowedOrigins: ["https://admin.example.com"],
    localRepositories: false,
    mailFrom: "",
    ...retrying,
    now: () => "2026-01-01T00:00:00.000Z",
    hash,
    secret: () => "b".repeat(64),
    logger: silentLogger,
  };
  return { deps, kept };
}

function tablesOf(kept: Kept): Pick<ApiDeps, "apps" | "audit" | "deployments" | "tokens" | "records" | "outcomes"> {
  const note = (entry: AuditEntry | undefined) => entry === undefined || kept.audit.push(entry) > 0;
  return {
    apps: {
      create: async (app, entry) => note(entry) && Boolean(kept.apps.set(app.id, app)),
      domainOwner: async () => null,
      get: async (id) => kept.apps.get(id) ?? null,
      replace: async (app, before, entry) => {
        if (kept.apps.get(app.id)?.version !== before.version) return "conflict";
        note(entry);
        kept.apps.set(app.id, app);
        return "replaced";
      },
      list: async () => [...kept.apps.values()],
      ofRepositories: async (keys) =>
        [...kept.apps.values()]
          .filter(
            (app) =>
              app.deleted_at === null &&
              [repositoryKey(app.settings.repo_url), knownRepository(app)].some((key) => keys.includes(key ?? "")),
          )
          .sort((a, b) => a.id - b.id),
      setLive: async () => true,
      setFormerNames: async () => true,
      noteRepository: async (id, repository) => {
        const app = kept.apps.get(id);
        if (app?.settings.repo_url === repository.url) kept.apps.set(id, { ...app, repository });
      },
      unpin: async (id, entry) => {
        const app = kept.apps.get(id);
        if (app === undefined || !app.pinned) return false;
        note(entry);
        kept.apps.set(id, { ...app, pinned: false, pinned_by: null });
        return true;
      },
      remove: async (app) => void kept.apps.delete(app.id),
    },
    deployments: {
      create: async (row, entry) =>
        !kept.deployments.has(row.id) && note(entry) && Boolean(kept.deployments.set(row.id, row)),
      get: async (id) => kept.deployments.get(id) ?? null,
      replace: async (row) =>
        kept.deployments.get(row.id)?.version === row.version - 1 && Boolean(kept.deployments.set(row.id, row)),
      list: async ({ apps }) => ({
        deployments: [...kept.deployments.values()].filter((row) => apps === null || apps.includes(row.app_id)),
        more: false,
      }),
      overdue: async () => [],
      dueAfter: async () => [],
    },
    tokens: memoryTokens(kept.tokens, kept.audit),
    outcomes: memoryOutcomes(kept.outcomes),
    audit: memoryAudit(kept.audit),
    records: {
      record: async (release) => void kept.records.push(release),
      list: async (appId) => kept.records.filter((record) => record.app_id === appId),
      removeAll: async () => {},
    },
  };
}
