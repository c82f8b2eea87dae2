/** What helps after a failure, by its code. What exactly is wrong is said by the failure's own sentence. */
const afterFailures: Readonly<Record<string, string>> = {
  repository_not_found: "Correct the app's repository address, or give Slipway access to it.",
  repository_empty: "Push a commit, and deploy again.",
  branch_not_found: "Push the branch, or correct the branch in the app's settings.",
  commit_not_found: "Push the commit, or deploy the head of the branch.",
  clone_failed: "Retry; if it fails again, look whether the repository's host answers.",
  root_dir_missing: "Correct the root directory in the app's settings.",
  dockerfile_missing: "Add a Dockerfile, or correct its path in the app's settings.",
  dockerfile_invalid: "Mend the Dockerfile at the line named, and push.",
  build_failed: "The last lines of the log show the command that failed. Fix it, and push.",
  base_image_rate_limited: "Retry in some minutes, or take the base image from another registry.",
  push_failed: "Retry; if it fails again, look at the image repository's permissions and free space.",
  build_timed_out: "Look in the log for the step that hangs, or make the build shorter.",
  build_refused: "Retry in some minutes; if it is refused again, look at the account's limits of CodeBuild.",
  build_unreported: "Retry; if it happens again, look at the build in CodeBuild.",
  build_host_lost: "Nothing is wrong with the code: retry.",
  release_failed:
    "Make sure that the app starts, listens on the port in PORT, and answers its health check. Then push again.",
  alarm_tripped: "Mend what the alarm saw, or raise its limit in the app's settings. Then push again.",
  smoke_check_failed:
    "Look why the new version answers the check otherwise, or correct the check in the app's settings. Then push again.",
  release_refused: "Look at the account's limits of ECS and of the load balancer, and retry.",
  deadline_exceeded: "Look at the last lines of the log for what it waited for, and retry.",
  internal_error: "The fault is Slipway's: retry, and tell whoever operates it the number of the deployment.",
};

/** The same for what stands between the page and Slipway. */
const afterRefusals: Readonly<Record<string, string>> = {
  unauthorized: "Sign in again, then try once more.",
  forbidden: "Ask whoever operates Slipway for a role that may read this app.",
  foreign_origin: "This page's address has to be among Slipway's allowed origins.",
  deployment_not_found: "Check the number of the deployment, and that your account may read its app.",
};

/** What to do next; `null` where the sentence of the error says all there is to say. */
export function adviceFor(error: { scope: "deployment" | "connection"; code: string | null }): string | null {
  if (error.code === null) return null;
  return (error.scope === "deployment" ? afterFailures : afterRefusals)[error.code] ?? null;
}
