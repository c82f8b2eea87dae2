import { type Deployment, isTerminal, type Stage, stageFacts, stagePath } from "../client/index.ts";

export type StepState = "done" | "current" | "upcoming" | "skipped" | "failed" | "stopped";

export interface Step {
  readonly stage: Stage;
  readonly state: StepState;
  /** When it began; `null` where it did not, or is not known to. */
  readonly since: string | null;
  /** How long it took; `null` while it lasts. */
  readonly seconds: number | null;
}

/** What a deployment goes through, and how far it is. An optional stage is a step only where it was entered. */
export function stepsOf(deployment: Deployment): readonly Step[] {
  const entered = new Map(deployment.timeline.map((entry) => [entry.stage, entry]));
  const reached = reachedStage(deployment);
  const at = stagePath.indexOf(reached);
  return stagePath
    .filter((stage) => !stageFacts[stage].isOptional || stage === reached || entered.has(stage))
    .map((stage) => {
      const entry = entered.get(stage);
      const state = stateOf(stagePath.indexOf(stage) - at, deployment, entry !== undefined);
      return { stage, state, since: entry?.entered_at ?? null, seconds: entry?.seconds ?? null };
    });
}

/** The step that took longest; `null`: none took a second. Nobody waits for a person because a step is slow. */
export function slowestOf(steps: readonly Step[]): Step | null {
  const timed = steps.filter(({ stage, seconds }) => stage !== "awaiting_approval" && (seconds ?? 0) > 0);
  return timed.reduce<Step | null>((most, step) => ((step.seconds ?? 0) > (most?.seconds ?? 0) ? step : most), null);
}

/** How far along the path it came. */
function reachedStage({ stage, failed_stage, timeline }: Deployment): Stage {
  if (stagePath.includes(stage)) return stage;
  if (failed_stage !== null) return failed_stage;
  return timeline.findLast((entry) => stagePath.includes(entry.stage))?.stage ?? "pending";
}

function stateOf(distance: number, { stage, timeline }: Deployment, wasEntered: boolean): StepState {
  // The timeline is read after the stage arrives; until then nothing says that a step was left out.
  if (distance < 0) return wasEntered || !isTerminal(stage) || timeline.length === 0 ? "done" : "skipped";
  if (distance > 0) return "upcoming";
  if (stage === "success") return "done";
  if (stage === "failed") return "failed";
  return isTerminal(stage) ? "stopped" : "current";
}
