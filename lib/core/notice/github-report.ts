import * as z from "zod";
import { type Claim, isLeased, leaseFrom, standingOf } from "./delivery.ts";

const id = z.number().int().positive();

/** How much has been reported to GitHub of one deployment. There is one for each, so that a later update never waits behind an earlier one. */
export const gitHubReportSchema = z.object({
  app_id: id,
  deployment_id: id,
  /** Of the latest update that anybody delivered. */
  rank: z.number().int(),
  /** The latest attempt at that update, from 1. */
  attempt: id,
  /** The lease: somebody delivers it until then; `null`: nobody does. */
  lease_until: z.string().nullable(),
  settled: z.boolean(),
  /** The course that was reported last. */
  reported: z.enum(["in_progress", "waiting", "success", "failure", "stopped"]).nullable(),
  /** The GitHub Deployment that was made for it. */
  github_deployment_id: id.nullable(),
  /** Grows by one with each write. */
  version: id,
});
export type GitHubReport = z.infer<typeof gitHubReportSchema>;
export type GitHubReportKey = Pick<GitHubReport, "app_id" | "deployment_id">;

/** Whether an update of a rank may be delivered now, at this attempt. `null`: GitHub knows nothing of the deployment. */
export function claimReport(
  stored: GitHubReport | null,
  { app_id, deployment_id }: GitHubReportKey,
  { rank, attempt }: { readonly rank: number; readonly attempt: number },
  now: string,
): Claim<GitHubReport> {
  const lease_until = leaseFrom(now);
  if (stored === null) {
    const first = { app_id, deployment_id, reported: null, github_deployment_id: null, version: 1 };
    return { outcome: "claimed", next: { ...first, rank, attempt, lease_until, settled: false } };
  }
  if (stored.rank > rank) return { outcome: "outdated" };
  if (stored.rank < rank && isLeased(stored, now)) return { outcome: "held" };
  if (stored.rank === rank) {
    const standing = standingOf({ ...stored, isSettled: stored.settled }, attempt, now);
    if (standing !== "free") return { outcome: standing };
  }
  const version = stored.version + 1;
  return { outcome: "claimed", next: { ...stored, rank, attempt, lease_until, settled: false, version } };
}
