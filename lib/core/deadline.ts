import { bakeSeconds } from "./bake.ts";
import type { Deployment } from "./deployment.ts";
import type { Stage } from "./stage.ts";

const minute = 60;

/** Seconds that a deployment may stay in a stage. `null`: terminal stages last. */
export function stageSeconds(
  deployment: { readonly settings: Pick<Deployment["settings"], "approval_expiry_minutes" | "strategy"> },
  stage: Stage,
): number | null {
  switch (stage) {
    case "pending":
      return 24 * 60 * minute;
    case "cloning":
      return 15 * minute;
    case "building":
      return 60 * minute;
    case "awaiting_approval":
      return deployment.settings.approval_expiry_minutes * minute;
    case "deploying":
      return 15 * minute + bakeSeconds(deployment.settings.strategy);
    default:
      return null;
  }
}

/** Seconds that stopping a build or putting the earlier release back may take. */
export const settlingSeconds = 10 * minute;

/** Seconds until the next look: more often while traffic shifts. */
export function lookSeconds(stage: Stage): number {
  return stage === "deploying" ? 5 : 15;
}

/** `15 minutes`, `24 hours`: as a sentence says it. */
export function inWords(seconds: number): string {
  const minutes = Math.round(seconds / minute);
  if (minutes >= 120 && minutes % 60 === 0) return `${minutes / 60} hours`;
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}
