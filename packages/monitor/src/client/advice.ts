import { allowingOrigins } from "./errors.ts";

/** What to do after a failure, by its code. The failure's own message says what is wrong; of `build_failed` also what to do, since its causes differ. */
const afterFailures: Readonly<Record<string, string>> = {
  repository_not_found: "Correct the repository URL, or give Slipway access to the repository.",
  repository_empty: "Push a commit, then deploy again.",
  branch_not_found: "Push the branch, or correct the branch in the app's settings.",
  commit_not_found: "Push the commit, or deploy the latest commit on the branch.",
  clone_failed: "Retry. If it fails again, check whether the Git host is available.",
  root_dir_missing: "Correct the root directory in the app's settings.",
  dockerfile_missing: "Add a Dockerfile, or correct its path in the app's settings.",
  dockerfile_invalid: "Fix the Dockerfile at the line shown, then push.",
  build_arg_unknown: "Correct the app's build settings.",
  build_target_unknown: "Correct the app's build settings.",
  build_secret_missing: "Correct the app's build settings.",
  architecture_missing: "Use a base image for the app's architecture, or change the app's architecture.",
  base_image_rate_limited: "Retry in a few minutes, or use a base image from another registry.",
  push_failed: "Retry. If it fails again, check the image repository's permissions and free space.",
  build_timed_out: "Find the step that hangs in the log, or make the build faster.",
  build_refused: "Retry in a few minutes. If it fails again, check your account's CodeBuild quotas.",
  build_unreported: "Retry. If it fails again, check the build in CodeBuild.",
  build_host_lost: "Your code is not the cause. Retry.",
  release_command_failed:
    "Fix the release command by its lines in the log, then push. The previous release still serves.",
  release_failed: "Make sure the app starts, listens on PORT, and passes its health check, then push.",
  alarm_tripped: "Fix what triggered the alarm, or raise its threshold in the app's settings, then push.",
  smoke_check_failed:
    "Fix the response of the new version, or correct the smoke check in the app's settings, then push.",
  release_refused: "Check your account's ECS and load balancer quotas, then retry.",
  deadline_exceeded: "Check the end of the log for what it was waiting for, then retry.",
  internal_error: "This is an error in Slipway. Retry, and report the deployment's number to your administrator.",
};

/** The same when a request for the deployment is refused. */
const afterRefusals: Readonly<Record<string, string>> = {
  unauthorized: "Sign in again, then retry.",
  forbidden: "Ask an administrator for a role that can read this app.",
  foreign_origin: `Allow this page's origin: ${allowingOrigins}.`,
  deployment_not_found: "Check the deployment's number, and that you have access to its app.",
};

/** What to do next; `null` where the error's message says it all. */
export function adviceFor(error: { scope: "deployment" | "connection"; code: string | null }): string | null {
  if (error.code === null) return null;
  return (error.scope === "deployment" ? afterFailures : afterRefusals)[error.code] ?? null;
}
