import type { Deployment } from "../../core/deployment/deployment.ts";
import { isTerminal } from "../../core/deployment/stage.ts";

export type BadgeState = "passing" | "failed" | "deploying" | "never deployed";

/** How an app stands by its newest deployments, newest first. One that was called off says nothing of it. */
export function badgeState(newest: readonly Pick<Deployment, "stage">[], isLive: boolean): BadgeState {
  const newestOutcome = newest.find(({ stage }) => stage !== "cancelled" && stage !== "superseded");
  if (newestOutcome === undefined) return isLive ? "passing" : "never deployed";
  if (!isTerminal(newestOutcome.stage)) return "deploying";
  return newestOutcome.stage === "success" ? "passing" : "failed";
}
