import type { Stage } from "./types.ts";

/** Whether a deployment of this stage has ended. */
export function isTerminal(stage: Stage): boolean {
  return stage === "success" || stage === "failed" || stage === "cancelled" || stage === "superseded";
}
