import * as z from "zod";
import { plusSeconds } from "../../time.ts";
import { leaseSeconds } from "../delivery.ts";

const id = z.number().int().positive();

/** How far GitHub has been told of one deployment. There is one for each, so that later news never stand behind earlier ones. */
export const reportSchema = z.object({
  app_id: id,
  deployment_id: id,
  /** Of the latest news that anybody was about. */
  rank: z.number().int(),
  /** The latest attempt at those news, from 1. */
  attempt: id,
  /** Somebody is about it until then; `null`: nobody is. */
  lease_until: z.string().nullable(),
  settled: z.boolean(),
  /** What GitHub was told last. */
  told: z.enum(["in_progress", "waiting", "success", "failure", "stopped"]).nullable(),
  /** The GitHub Deployment that was made for it. */
  github_deployment_id: id.nullable(),
  /** Grows by one with each write. */
  version: id,
});
export type Report = z.infer<typeof reportSchema>;
export type ReportKey = Pick<Report, "app_id" | "deployment_id">;

export type Claim =
  | { readonly outcome: "claimed"; readonly next: Report }
  /** Somebody is about earlier news, or about these: to be looked at again. */
  | { readonly outcome: "held" }
  /** These news were told, given up, or overtaken by later ones. */
  | { readonly outcome: "outdated" };

/** Whether news of a rank may be told now, at this attempt. `null`: GitHub knows nothing of the deployment. */
export function claimReport(
  stored: Report | null,
  { app_id, deployment_id }: ReportKey,
  { rank, attempt }: { readonly rank: number; readonly attempt: number },
  now: string,
): Claim {
  const lease_until = plusSeconds(now, leaseSeconds);
  if (stored === null) {
    const first = { app_id, deployment_id, told: null, github_deployment_id: null, version: 1 };
    return { outcome: "claimed", next: { ...first, rank, attempt, lease_until, settled: false } };
  }
  if (stored.rank > rank) return { outcome: "outdated" };
  if (stored.lease_until !== null && stored.lease_until > now) return { outcome: "held" };
  if (stored.rank === rank) {
    const isAbandoned = stored.attempt === attempt && stored.lease_until !== null;
    if (stored.settled || (stored.attempt >= attempt && !isAbandoned)) return { outcome: "outdated" };
  }
  const version = stored.version + 1;
  return { outcome: "claimed", next: { ...stored, rank, attempt, lease_until, settled: false, version } };
}
