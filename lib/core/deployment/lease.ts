import { plusSeconds } from "../time.ts";
import type { Deployment } from "./deployment.ts";

/** How long a run of the worker may take. The template gives the function this time-out, so that a lease is known to outlive its holder. */
export const workerTimeoutSeconds = 60;

/** For how long nobody else carries out an effect that must not run twice at once: until its holder is certainly ended, and what clocks differ by. */
export const leaseSeconds = workerTimeoutSeconds + 30;

/** Holds what may not be carried out yet. */
export const nobody = "";

/** Whether somebody holds it. One that ends later than any can was written under a clock that was wrong, and is over. */
export const isHeld = (lease: Deployment["lease"], now: string): boolean =>
  lease !== null && lease.until > now && lease.until <= plusSeconds(now, leaseSeconds);

/** Somebody took longer than their lease, and another may be at it: what they were about to do is left to them. */
export class LeaseLostError extends Error {
  constructor(key: string) {
    super(`The lease for ${key} is over: somebody else may be carrying it out.`);
    this.name = "LeaseLostError";
  }
}

/** Whether somebody who began before a deployment ended may be at work on it yet. */
export const mayBeWorkedOn = (finishedAt: string, now: string): boolean =>
  isHeld({ key: "", holder: "", until: plusSeconds(finishedAt, leaseSeconds) }, now);
