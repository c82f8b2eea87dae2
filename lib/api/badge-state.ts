import type { Deployment } from "../core/deployment/deployment.ts";
import { isTerminal, type Stage, type TerminalStage } from "../core/stage.ts";

export type BadgeState = "passing" | "failed" | "deploying" | "never deployed";

/** How an app stands by its newest deployments, newest first. One that was called off says nothing of it. */
export function badgeState(newest: readonly Pick<Deployment, "stage">[], isLive: boolean): BadgeState {
  const newestState = newest.map(({ stage }) => stateIn(stage)).find((state) => state !== null);
  return newestState ?? (isLive ? "passing" : "never deployed");
}

const ends: Readonly<Record<TerminalStage, BadgeState | null>> = {
  success: "passing",
  failed: "failed",
  cancelled: null,
  superseded: null,
};

const stateIn = (stage: Stage): BadgeState | null => (isTerminal(stage) ? ends[stage] : "deploying");
