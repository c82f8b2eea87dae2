import { isTerminal, openStages, type Stage, stages } from "@slipway/monitor/stages";
import type { NoticedDeployment } from "./notice.ts";

/** How a deployment fares, as far as GitHub distinguishes it. */
export type Course = "in_progress" | "waiting" | "success" | "failure" | "stopped";

/** A deployment's status as GitHub is sent it. */
export interface StatusUpdate {
  /** An update of a higher rank is a later one; each deployment goes through them once. */
  readonly rank: number;
  readonly course: Course;
  /** A sentence without its full stop, of 140 characters at most. It may be read by everybody: nothing of the log, no error's own words. */
  readonly description: string;
}

/** What is reported to GitHub for each stage; `null`: what waits in our own queue is not reported. */
const statusOfStage: Readonly<Record<Stage, { readonly course: Course; readonly did: string } | null>> = {
  pending: null,
  cloning: { course: "in_progress", did: "is being built" },
  building: { course: "in_progress", did: "is being built" },
  awaiting_approval: { course: "waiting", did: "is waiting for approval" },
  deploying: { course: "in_progress", did: "is being released" },
  success: { course: "success", did: "succeeded" },
  failed: { course: "failure", did: "failed" },
  cancelled: { course: "stopped", did: "was cancelled" },
  superseded: { course: "stopped", did: "was replaced by a newer one" },
};

/** What is to be reported when a deployment has entered its stage; `null`: nothing, since it has not begun or has no commit yet. */
export function statusUpdateOf(deployment: NoticedDeployment): StatusUpdate | null {
  const { stage, commit_hash } = deployment;
  const status = statusOfStage[stage];
  if (status === null || commit_hash === "") return null;
  // All ends are equally late: none overtakes another.
  const rank = isTerminal(stage) ? openStages.length : stages.indexOf(stage);
  return { rank, course: status.course, description: describe(deployment, status.did) };
}

function describe(deployment: NoticedDeployment, did: string): string {
  const { id, stage, failed_stage, exit_code, rolled_back, trigger, rollback_of } = deployment;
  const subject = trigger === "rollback" && rollback_of !== null ? `Rollback ${id}` : `Deployment ${id}`;
  if (stage !== "failed") return `${subject} ${did}`;
  const where = failed_stage === null ? "" : ` in ${failed_stage}`;
  const code = exit_code === null ? "" : ` with exit code ${exit_code}`;
  return `${subject} ${did}${where}${code}${rolled_back ? "; the earlier release was restored" : ""}`;
}

/** A commit's status. A commit that nobody built is neither right nor wrong, for which GitHub has `error`. */
export const commitState = {
  in_progress: "pending",
  waiting: "pending",
  success: "success",
  failure: "failure",
  stopped: "error",
} as const satisfies Record<Course, string>;

/** A GitHub Deployment's status. One that was stopped is `inactive`, so that the one that serves stays the active one. */
export const deploymentState = {
  in_progress: "in_progress",
  waiting: "pending",
  success: "success",
  failure: "failure",
  stopped: "inactive",
} as const satisfies Record<Course, string>;

export type CommitState = (typeof commitState)[Course];
export type DeploymentState = (typeof deploymentState)[Course];

/** Whether there is something to report at all: what was stopped before GitHub knew of it, and what it knows already, is not. */
export function isWorthReporting({ course }: StatusUpdate, reported: Course | null): boolean {
  return course !== reported && !(course === "stopped" && reported === null);
}
