import type { AuditEntry } from "../access/audit.ts";
import type { Deployment, ListedDeployment, OpenDeployment } from "../deployment/deployment.ts";
import type { Lane } from "../lane/lane.ts";
import type { LogChunk, LogHead, LogPage } from "../log/log.ts";
import type { Stage } from "../stage.ts";

/** Which deployments to list, newest first. */
export interface DeploymentQuery {
  /** Only of these apps; `null`: of all. */
  readonly apps: readonly number[] | null;
  readonly stage: Stage | null;
  readonly limit: number;
  /** Only ids below this one; `null`: from the newest. */
  readonly before: number | null;
}

/** The rows of the deployments. Rows are parsed when they are read; one written by an older version still parses. */
export interface Deployments {
  /**
   * Stores a first version. `false`: there is a row with this id already, and it stays as it is. An `audit` entry is written in
   * one transaction with it: both are there, or neither.
   */
  create(deployment: Deployment, audit?: AuditEntry): Promise<boolean>;
  /** The newest version, strongly consistent. `null`: there is none. */
  get(id: number): Promise<Deployment | null>;
  /** Optimistic concurrency: writes the version after the one that was read. `false`: somebody else was quicker, nothing was written. A repeat after a lost answer says what became of the first try. */
  replace(next: Deployment): Promise<boolean>;
  /**
   * Up to `limit` of them, fewer only if there are no more, and whether there are more. Whoever goes on before the last
   * one's id sees each deployment once, while new ones arrive. Eventually consistent.
   */
  list(query: DeploymentQuery): Promise<{ readonly deployments: readonly ListedDeployment[]; readonly more: boolean }>;
  /** Unfinished ones whose poll is due before `time`, the longest overdue first. Eventually consistent. */
  overdue(time: string): Promise<readonly OpenDeployment[]>;
  /** Unfinished ones whose poll is due after `time`. Nobody sets one that far ahead but by a clock that was wrong. Eventually consistent. */
  dueAfter(time: string): Promise<readonly OpenDeployment[]>;
}

/** A deployment's log as stored: chunks, each put once. */
export interface LogStore {
  /** What may follow, strongly consistent. */
  head(deploymentId: number): Promise<LogHead>;
  /** Puts a chunk. `false`: another writer put one after the same head; read the head and decide again. */
  put(deploymentId: number, chunk: LogChunk): Promise<boolean>;
  /** At most `limit` lines after a cursor, and where to go on. */
  read(deploymentId: number, after: number, limit: number): Promise<LogPage>;
}

/** Each app's lane: which of its deployments runs, and which waits. */
export interface Lanes {
  /** Strongly consistent. An app that has none gets an empty one. */
  get(appId: number): Promise<Lane>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker. */
  replace(appId: number, next: Lane): Promise<boolean>;
  remove(appId: number): Promise<void>;
}
