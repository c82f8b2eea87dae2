import type { Reading, Restart, UsageRange } from "../usage/reading.ts";

/** What the load balancer and the container service measure of the apps. Each read costs money: see {@link SharedReadings}. */
export interface UsageMetrics {
  read(range: UsageRange): Promise<Reading>;
}

/** What was read lately, shared by all who look at an app: a hundred viewers cost no more than one. */
export interface SharedReadings {
  /** `null`: nobody has read it, or not lately. */
  get(appId: number, name: string): Promise<Reading | null>;
  /** Whether the caller is the one to read: nobody else was since `before`, in milliseconds since the epoch. */
  claim(appId: number, name: string, nowMs: number, before: number): Promise<boolean>;
  /** Kept for so long. `false`: there is too much of it to share. */
  put(appId: number, name: string, reading: Reading, keptSeconds: number): Promise<boolean>;
}

/** The tasks of apps that stopped and were not to, kept for as long as usage looks back. */
export interface Restarts {
  /** Stores one; the same again changes nothing. */
  record(restart: Restart): Promise<void>;
  /** Those of an app that stopped at `since` or later, oldest first. */
  list(appId: number, since: string): Promise<readonly Restart[]>;
}

/** Finds out about tasks of apps that stopped. */
export interface StoppedTasks {
  /** By the task's ARN. `null`: it was to stop, it is none of an app's service, or it is not known any more. */
  see(taskArn: string): Promise<Restart | null>;
}
