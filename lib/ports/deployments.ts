import type { Deployment } from "../core/deployment.ts";
import type { Stage } from "../core/stage.ts";

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
  /** Stores a first version. `false`: there is a row with this id already, and it stays as it is. */
  create(deployment: Deployment): Promise<boolean>;
  /** The newest version, strongly consistent. `null`: there is none. */
  get(id: number): Promise<Deployment | null>;
  /** Writes the version after the one that was read. `false`: somebody else was quicker, nothing was written. */
  replace(next: Deployment): Promise<boolean>;
  /** Up to `limit` of them, and whether there may be more. Eventually consistent. */
  list(query: DeploymentQuery): Promise<{ readonly deployments: readonly Deployment[]; readonly more: boolean }>;
  /** Unfinished ones whose look is due before `time`, the longest overdue first, at most 100. Eventually consistent. */
  overdue(time: string): Promise<readonly Deployment[]>;
  /** Unfinished ones whose look is due after `time`, at most 100. Nobody sets one that far ahead but by a clock that was wrong. Eventually consistent. */
  dueAfter(time: string): Promise<readonly Deployment[]>;
}
