import * as z from "zod";
import { stageSchema } from "../deployment/stage.ts";
import { plusSeconds } from "../time.ts";

/** What is sent at most once: one stage of one deployment to one endpoint. */
const deliveryKeySchema = z.object({
  app_id: z.number().int().positive(),
  endpoint_id: z.string(),
  deployment_id: z.number().int().positive(),
  stage: stageSchema,
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

export type Claim =
  | { readonly outcome: "claimed"; readonly next: Delivery }
  /** Somebody else is about this attempt: if they die, it is to be made again. */
  | { readonly outcome: "held" }
  /** This attempt was made; a repeat. */
  | { readonly outcome: "outdated" };

/** Longer than an attempt can take. */
export const leaseSeconds = 45;

/** Whether an attempt may be made now. `null`: nobody has tried yet. */
export function claim(stored: Delivery | null, key: DeliveryKey, attempt: number, now: string): Claim {
  const claimed = (version: number): Claim => ({
    outcome: "claimed",
    next: { ...key, attempt, lease_until: plusSeconds(now, leaseSeconds), settled: null, version },
  });
  if (stored === null) return claimed(1);
  if (stored.settled !== null || stored.attempt > attempt) return { outcome: "outdated" };
  if (stored.lease_until !== null && stored.lease_until > now) return { outcome: "held" };
  const isAbandoned = stored.attempt === attempt && stored.lease_until !== null;
  return isAbandoned || stored.attempt < attempt ? claimed(stored.version + 1) : { outcome: "outdated" };
}

/** After an attempt: `settled` as given, or `null` where another one follows. */
export const conclude = (claimed: Delivery, settled: Delivery["settled"]): Delivery => ({
  ...claimed,
  lease_until: null,
  settled,
  version: claimed.version + 1,
});

/** By which a receiver knows a repeat. */
export const deliveryName = ({ endpoint_id, deployment_id, stage }: DeliveryKey): string =>
  `${endpoint_id}-${deployment_id}-${stage}`;
