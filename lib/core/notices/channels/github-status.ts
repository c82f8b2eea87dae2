import type { Stage } from "../../deployment/stage.ts";
import type { NoticedDeployment } from "../notice.ts";

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

/** The stages in the order in which a deployment goes through them. What waits in our own queue is not reported. */
const ranks: Readonly<Record<Exclude<Stage, "pending">, number>> = {
  cloning: 1,
  building: 2,
  awaiting_approval: 3,
  deploying: 4,
  success: 5,
  failed: 5,
  cancelled: 5,
  superseded: 5,
};

const courses: Readonly<Record<Exclude<Stage, "pending">, Course>> = {
  cloning: "in_progress",
  building: "in_progress",
  awaiting_approval: "waiting",
  deploying: "in_progress",
  success: "success",
  failed: "failure",
  cancelled: "stopped",
  superseded: "stopped",
};

/** What is to be reported when a deployment has entered its stage; `null`: nothing, since it has not begun or has no commit yet. */
export function statusUpdateOf(deployment: NoticedDeployment): StatusUpdate | null {
  const { stage, commit_hash } = deployment;
  if (stage === "pending" || commit_hash === "") return null;
  return { rank: ranks[stage], course: courses[stage], description: describe(deployment, stage) };
}

function describe(deployment: NoticedDeployment, stage: Exclude<Stage, "pending">): string {
  const { id, failed_stage, exit_code, rolled_back, trigger, rollback_of } = deployment;
  const subject = trigger === "rollback" && rollback_of !== null ? `Rollback ${id}` : `Deployment ${id}`;
  switch (stage) {
    case "cloning":
    case "building":
      return `${subject} is being built`;
    case "awaiting_approval":
      return `${subject} waits for approval`;
    case "deploying":
      return `${subject} is being released`;
    case "success":
      return `${subject} succeeded`;
    case "cancelled":
      return `${subject} was cancelled`;
    case "superseded":
      return `${subject} was replaced by a newer one`;
    case "failed": {
      const where = failed_stage === null ? "" : ` in ${failed_stage}`;
      const code = exit_code === null ? "" : ` with exit code ${exit_code}`;
      return `${subject} failed${where}${code}${rolled_back ? "; the earlier release serves again" : ""}`;
    }
  }
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
