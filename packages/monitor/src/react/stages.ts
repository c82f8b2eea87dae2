import { type Deployment, isTerminal, type Stage } from "../client/index.ts";

/** A stage in words: as a state, and as something that a deployment goes through. */
export const stageWords: Readonly<Record<Stage, { state: string; step: string }>> = {
  pending: { state: "Pending", step: "Queue" },
  cloning: { state: "Cloning", step: "Clone" },
  building: { state: "Building", step: "Build" },
  awaiting_approval: { state: "Awaiting approval", step: "Approval" },
  deploying: { state: "Deploying", step: "Deploy" },
  success: { state: "Success", step: "Live" },
  failed: { state: "Failed", step: "Failed" },
  cancelled: { state: "Cancelled", step: "Cancelled" },
  superseded: { state: "Superseded", step: "Superseded" },
};

export type StepState = "done" | "current" | "upcoming" | "skipped" | "failed" | "stopped";

export interface Step {
  readonly stage: Stage;
  readonly state: StepState;
  /** When it began; `null` where it did not, or is not known to. */
  readonly since: string | null;
  /** How long it took; `null` while it lasts. */
  readonly seconds: number | null;
}

const path: readonly Stage[] = ["pending", "cloning", "building", "awaiting_approval", "deploying", "success"];

/** What a deployment goes through, and how far it is. Approval is a step only where it was one. */
export function stepsOf(deployment: Deployment): readonly Step[] {
  const entered = new Map(deployment.timeline.map((entry) => [entry.stage, entry]));
  const reached = reachedStage(deployment);
  const at = path.indexOf(reached);
  return path
    .filter((stage) => stage !== "awaiting_approval" || stage === reached || entered.has(stage))
    .map((stage) => {
      const entry = entered.get(stage);
      const state = stateOf(path.indexOf(stage) - at, deployment, entry !== undefined);
      return { stage, state, since: entry?.entered_at ?? null, seconds: entry?.seconds ?? null };
    });
}

/** How far along the path it came. */
function reachedStage({ stage, failed_stage, timeline }: Deployment): Stage {
  if (path.includes(stage)) return stage;
  if (failed_stage !== null) return failed_stage;
  return timeline.findLast((entry) => path.includes(entry.stage))?.stage ?? "pending";
}

function stateOf(distance: number, { stage, timeline }: Deployment, wasEntered: boolean): StepState {
  // The timeline is read after the stage is told; until then nothing says that a step was left out.
  if (distance < 0) return wasEntered || !isTerminal(stage) || timeline.length === 0 ? "done" : "skipped";
  if (distance > 0) return "upcoming";
  if (stage === "success") return "done";
  if (stage === "failed") return "failed";
  return isTerminal(stage) ? "stopped" : "current";
}
