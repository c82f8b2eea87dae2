import type { Deployment, Stage } from "@slipway/monitor/client";

/** The stages in the order of a deployment's life, as they are named to people. */
export const stageWords: Readonly<Record<Stage, string>> = {
  pending: "Pending",
  cloning: "Cloning",
  building: "Building",
  awaiting_approval: "Awaiting approval",
  deploying: "Deploying",
  success: "Success",
  failed: "Failed",
  cancelled: "Cancelled",
  superseded: "Superseded",
};

/** One line that says what a deployment brings. */
export function headline({ commit_message, branch }: Deployment): string {
  const first = commit_message.split("\n", 1)[0] ?? "";
  return first === "" ? `The head of ${branch}` : first;
}

/** How it came about, and by whom. */
export function origin({ trigger, actor, rollback_of }: Deployment): string {
  if (rollback_of !== null) return `Rollback to #${rollback_of} by ${actor}`;
  if (trigger === "retry") return `Retry by ${actor}`;
  return trigger === "webhook" ? `Push by ${actor}` : `Deploy by ${actor}`;
}

/** A commit as people know it. */
export const shortHash = (hash: string): string => hash.slice(0, 7);
