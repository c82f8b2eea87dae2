import * as z from "zod";
import { stageSchema } from "../stage.ts";
import { plusSeconds } from "../time.ts";

/** What is sent at most once: one stage of one deployment, or one run, to one endpoint. */
const deliveryKeySchema = z.object({
  app_id: z.number().int().positive(),
  endpoint_id: z.string(),
  deployment_id: z.number().int().positive(),
  stage: stageSchema,
  /** That this run failed, in the release of the deployment; `null`: it is about the deployment. */
  run_id: z.number().int().positive().nullable().default(null),
});
export type DeliveryKey = z.infer<typeof deliveryKeySchema>;

/** How far a delivery is. Of several messages that ask for it, the one whose attempt comes next may go on. */
export const deliverySchema = deliveryKeySchema.extend({
  /** The latest attempt, from 1. */
  attempt: z.number().int().positive(),
  /** The lease: somebody delivers it until then; `null`: nobody does. */
  lease_until: z.string().nullable(),
  settled: z.enum(["sent", "given_up"]).nullable(),
  /** Grows by one with each write. */
  version: z.number().int().positive(),
});
export type Delivery = z.infer<typeof deliverySchema>;

export type Claim<Row = Delivery> =
  | { readonly outcome: "claimed"; readonly next: Row }
  /** There is nothing to send; what is stored says so. */
  | { readonly outcome: "unneeded"; readonly next: Row }
  /** Leased: somebody else is about it. If they die, it is to be made again. */
  | { readonly outcome: "held" }
  /** This attempt was made, or something later was; a repeat. */
  | { readonly outcome: "outdated" };

/** Longer than an attempt can take. */
export const leaseSeconds = 45;

export const leaseFrom = (now: string): string => plusSeconds(now, leaseSeconds);

interface Attempted {
  readonly attempt: number;
  readonly lease_until: string | null;
  readonly isSettled: boolean;
}

export const isLeased = ({ lease_until }: Pick<Attempted, "lease_until">, now: string): boolean =>
  lease_until !== null && lease_until > now;

/** Whether an attempt may be made now, after what is stored: the next one, or the same again if whoever made it died. */
export function standingOf(stored: Attempted, attempt: number, now: string): "free" | "held" | "outdated" {
  if (stored.isSettled || stored.attempt > attempt) return "outdated";
  if (isLeased(stored, now)) return "held";
  const isAbandoned = stored.attempt === attempt && stored.lease_until !== null;
  return isAbandoned || stored.attempt < attempt ? "free" : "outdated";
}

/** Whether an attempt may be made now. `null`: nobody has tried yet. */
export function claim(stored: Delivery | null, key: DeliveryKey, attempt: number, now: string): Claim {
  const claimed = (version: number): Claim => ({
    outcome: "claimed",
    next: { ...key, attempt, lease_until: leaseFrom(now), settled: null, version },
  });
  if (stored === null) return claimed(1);
  const standing = standingOf({ ...stored, isSettled: stored.settled !== null }, attempt, now);
  return standing === "free" ? claimed(stored.version + 1) : { outcome: standing };
}

/** After an attempt: `settled` as given, or `null` where another one follows. */
export const conclude = (claimed: Delivery, settled: Delivery["settled"]): Delivery => ({
  ...claimed,
  lease_until: null,
  settled,
  version: claimed.version + 1,
});

/** By which a receiver knows a repeat. */
export const deliveryName = ({ endpoint_id, deployment_id, stage, run_id }: DeliveryKey): string =>
  run_id === null ? `${endpoint_id}-${deployment_id}-${stage}` : `${endpoint_id}-run-${run_id}`;
