import { bakeSeconds } from "./app.ts";
import { type Deployment, isOpen } from "./deployment.ts";
import type { Stage } from "./stage.ts";
import { plusSeconds } from "./time.ts";

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

/** A message that a worker died with comes again after six minutes; only after that something is wrong. */
const stuckAfterSeconds = 10 * minute;

/** Whether it should be over for longer than a retry takes: its deadline has passed and it goes on, or it has ended and something is left to be done. */
export function isStuck(deployment: Deployment, now: string): boolean {
  const over = deployment.finished_at ?? deployment.deadline_at;
  return isOpen(deployment) && (over === null || plusSeconds(over, stuckAfterSeconds) < now);
}

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
