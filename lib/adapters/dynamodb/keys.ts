import { createHash } from "node:crypto";

/**
 * Every key, prefix and index of every table; docs/architecture.md describes what lies under them. The template makes the
 * tables from `tables` and filters their streams by the prefixes, so a key that changes here changes everywhere.
 */

type AttributeType = "N" | "S";
/** A key's attributes by name, the partition key first. */
export type KeyShape = Readonly<Record<string, AttributeType>>;

export interface IndexShape {
  readonly key: KeyShape;
  /** What it holds beside its keys and the table's; absent: everything. */
  readonly holds?: readonly string[];
}

export interface TableShape {
  readonly key: KeyShape;
  readonly indexes?: Readonly<Record<string, IndexShape>>;
  /** Items go some time after `expires_at`, in epoch seconds. */
  readonly expires?: true;
  /** What its stream has of each item that changes. */
  readonly stream?: "NEW_IMAGE" | "NEW_AND_OLD_IMAGES";
}

/** The tables. */
export const tables = {
  deployments: {
    key: { deployment_id: "N", item: "S" },
    // Over the `state` items alone: no other item has all of an index's keys. They hold what lists show and no settings, so
    // that a page of a list is not filled by a few large rows.
    indexes: {
      newest: { key: { item: "S", id: "N" }, holds: ["listed", "app_id", "stage"] },
      by_app: { key: { app_id: "N", id: "N" }, holds: ["listed", "stage"] },
      by_stage: { key: { stage: "S", id: "N" }, holds: ["listed", "app_id"] },
      open: { key: { open: "S", next_poll_at: "S" }, holds: ["listed", "id", "app_id", "stage", "outbox"] },
    },
    expires: true,
    stream: "NEW_AND_OLD_IMAGES",
  },
  apps: { key: { kind: "S", key: "S" }, stream: "NEW_IMAGE" },
  releases: { key: { app_id: "N", deployment_id: "N" } },
  tokens: {
    key: { token_hash: "S" },
    // Over API tokens alone: a socket ticket has no number, nor has a session.
    indexes: { by_id: { key: { kind: "S", id: "N" } } },
    expires: true,
    stream: "NEW_AND_OLD_IMAGES",
  },
  requests: { key: { key: "S" }, expires: true },
  runs: {
    key: { id: "N" },
    indexes: {
      by_app: { key: { app_id: "N", id: "N" } },
      // Of those that are not over, or not announced.
      open: { key: { open: "S", next_poll_at: "S" } },
      // Of those that are not over.
      unfinished: { key: { unfinished_of: "N", id: "N" } },
    },
    expires: true,
  },
  counters: { key: { name: "S" } },
  metrics: { key: { app_id: "N", ended: "S" }, expires: true },
  audit: { key: { audit_scope: "S", id: "S" }, expires: true },
  notices: { key: { app_id: "N", item: "S" }, expires: true },
} as const satisfies Record<string, TableShape>;

export type TableName = keyof typeof tables;
export type DeploymentIndex = keyof (typeof tables)["deployments"]["indexes"];
export type RunIndex = keyof (typeof tables)["runs"]["indexes"];
export type TokenIndex = keyof (typeof tables)["tokens"]["indexes"];

/** The id as a sort key: padded, so that keys sort as the numbers do. */
const padded = (id: number): string => String(id).padStart(12, "0");

/**
 * `deployments`: what lies beside a deployment's state, by the beginning of `item`. The pump reads the log from some chunk on,
 * its mark, the state and the viewers with one query: they lie in this order.
 */
export const itemPrefixes = {
  log: "log#",
  connection: "viewer#",
  build: "build#",
  feed: "feed#",
  holder: "holder#",
};

/** Deployments are numbered from 1, so this partition is none's: it has the sockets of the feed, and whose all sockets are. */
export const noDeployment = 0;

/** `item` of a deployment's state; with `id` also the key of `newest`. */
export const stateItem = "state";
/** The one partition of each index `open`. */
export const openPartition = "open";

/** Beyond `item` of every viewer. */
export const afterViewers = "viewer$";

/** `item` of the chunk of a log that starts with a cursor. */
export const logItem = (cursor: number): string => `${itemPrefixes.log}${padded(cursor)}`;

export const deploymentKeys = {
  state: (deployment_id: number) => ({ deployment_id, item: stateItem }),
  /** A chunk of the log, by its first cursor. */
  log: (deployment_id: number, cursor: number) => ({ deployment_id, item: logItem(cursor) }),
  /** What the build of an attempt reported. */
  build: (deployment_id: number, attempt: number) => ({ deployment_id, item: `${itemPrefixes.build}${attempt}` }),
  /** How far the pump is. */
  pumped: (deployment_id: number) => ({ deployment_id, item: "pumped" }),
  /** A viewer's socket; `null`: a socket of the feed. */
  socket: (deployment_id: number | null, connection_id: string) =>
    deployment_id === null
      ? { deployment_id: noDeployment, item: `${itemPrefixes.feed}${connection_id}` }
      : { deployment_id, item: `${itemPrefixes.connection}${connection_id}` },
  /** A socket by the hash of the token that holds it; `null`: it needed none, and no hash reads like that. */
  holder: (token: string | null, connection_id: string) => ({
    deployment_id: noDeployment,
    item: `${heldBy(token)}${connection_id}`,
  }),
};

/** The beginning of `item` of all sockets that a token holds. */
export const heldBy = (token: string | null): string => `${itemPrefixes.holder}${token ?? "none"}#`;

/** `apps`: the kinds of items, which are its partitions. */
export const appKinds = {
  app: "app",
  name: "name",
  lane: "lane",
  branch: "branch",
  builds: "builds",
  configurations: "configurations",
  orphans: "orphans",
  placements: "placements",
  domain: "domain",
  domains: "domains",
  freeze: "freeze",
} as const;

/** Apps of one repository are one partition. Addresses may be longer than a key of DynamoDB. */
export const repositoryKind = (key: string): string => `repository#${sha256(key).toString("hex")}`;

/** Images in the repository of one app that others share are one partition. */
export const sharedKind = (ownerId: number): string => `shared#${padded(ownerId)}`;

export const appKeys = {
  app: (id: number) => ({ kind: appKinds.app, key: padded(id) }),
  name: (name: string) => ({ kind: appKinds.name, key: name }),
  /** An app by its repository's key, which `repositoryKey` of the core makes of an address. */
  repository: (key: string, id: number) => ({ kind: repositoryKind(key), key: padded(id) }),
  lane: (id: number) => ({ kind: appKinds.lane, key: padded(id) }),
  configurations: (id: number) => ({ kind: appKinds.configurations, key: padded(id) }),
  shared: (owner: number, id: number, digest: string) => ({ kind: sharedKind(owner), key: `${padded(id)}#${digest}` }),
  branch: (id: number) => ({ kind: appKinds.branch, key: padded(id) }),
  /** The slots of all builds. */
  buildSlots: { kind: appKinds.builds, key: "slots" },
  /** What belongs to no app. */
  orphans: { kind: appKinds.orphans, key: "report" },
  /** Whose a domain is. */
  domain: (name: string) => ({ kind: appKinds.domain, key: name }),
  /** What was made for the domains of an app. */
  domains: (id: number) => ({ kind: appKinds.domains, key: padded(id) }),
  /** Which app is on which load balancer. */
  placements: { kind: appKinds.placements, key: "all" },
  /** The freeze of all apps. */
  freeze: { kind: appKinds.freeze, key: "all" },
};

/** `runs`. */
export const runKeys = { run: (id: number) => ({ id }) };

/** `tokens`. */
export const tokenKeys = {
  /** A credential by the hash of what its holder has. */
  credential: (token_hash: string) => ({ token_hash }),
  /** Where a token's number leads to its hash at once: the index that lists them lags. */
  ofId: (id: number) => ({ token_hash: `id#${id}` }),
  /** Where a GitHub account leads to the hash of its token. */
  ofGitHub: (accountId: number) => ({ token_hash: `github#${accountId}` }),
};

/** `requests`. The key of a reservation is the caller's. */
export const requestKeys = {
  reservation: (key: string) => ({ key }),
  bucket: (name: string) => ({ key: `bucket#${name}` }),
  /** The newest lines of an app's log. */
  tail: (appId: number) => ({ key: `tail#${appId}` }),
  /** What was read of an app's usage: the minutes or the hours, or those around a deployment. */
  usage: (appId: number, name: string) => ({ key: `usage#${appId}#${name}` }),
  /** The run of a cron at one of its times. */
  cronTime: (appId: number, cron: string, scheduledAt: string) => ({ key: `cron#${appId}#${cron}#${scheduledAt}` }),
  /** The run of a cron that was started last. */
  cronTurn: (appId: number, cron: string) => ({ key: `cron-turn#${appId}#${cron}` }),
  cronsChecked: (appId: number) => ({ key: `crons-checked#${appId}` }),
  slot: (pool: string, index: number) => ({ key: `slot#${pool}#${index}` }),
  /** What a delivery of a webhook came to. */
  delivery: (delivery: string) => ({ key: `delivery#${delivery}` }),
  /** The deployment that a delivery led to at an app. */
  deliveryToApp: (delivery: string, appId: number) => ({ key: `delivery#${delivery}#${appId}` }),
  /** The deployment of a push. `since`: see `PushToApp`; `null`: of this step at any time. */
  push: (push: { app_id: number; branch: string; before: string; commit: string }, since: number | null) => {
    const step = `push#${push.app_id}#${push.branch}#${push.before}#${push.commit}`;
    return { key: since === null ? step : `${step}#${since}` };
  },
};

/** `metrics`: an outcome, sorted by when it ended. */
export const outcomeKey = (app_id: number, finishedAt: string, deploymentId: number) => ({
  app_id,
  ended: `${finishedAt}#${padded(deploymentId)}`,
});

/** `metrics`: a task that stopped unexpectedly. It sorts before all outcomes. */
export const restartKey = (app_id: number, stoppedAt: string, task: string) => ({
  app_id,
  ended: `#restart#${stoppedAt}#${task}`,
});

/** `audit`: the partition of an app's entries; `null`: of all entries. */
export const auditScope = (app: number | null): string => (app === null ? "all" : `app#${app}`);

/** `notices`: the beginning of `item` of the health of endpoints. */
export const endpointPrefix = "endpoint#";

export const noticeKeys = {
  /** The health of an endpoint, with the address that it got at that time. */
  endpoint: (app_id: number, id: string, addressedAt: string) => ({
    app_id,
    item: `${endpointPrefix}${id}#${addressedAt}`,
  }),
  delivery: (app_id: number, deploymentId: number, stage: string, endpointId: string) => ({
    app_id,
    item: `delivery#${padded(deploymentId)}#${stage}#${endpointId}`,
  }),
  deliveryOfRun: (app_id: number, runId: number, endpointId: string) => ({
    app_id,
    item: `delivery-of-run#${padded(runId)}#${endpointId}`,
  }),
  gitHubReport: (app_id: number, deploymentId: number) => ({ app_id, item: `github#${padded(deploymentId)}` }),
  /** Which deployment set a commit's status last. */
  commit: (app_id: number, commit: string) => ({ app_id, item: `commit#${commit}` }),
};

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
