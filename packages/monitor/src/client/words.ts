import type { Deployment } from "./types.ts";

/** One line that says what a deployment brings. */
export function headline({ commit_message, branch }: Pick<Deployment, "commit_message" | "branch">): string {
  const first = commit_message.trim().split("\n", 1)[0] ?? "";
  return first === "" ? `Latest commit on ${branch}` : first;
}

/** A commit as people know it. */
export const shortHash = (hash: string): string => hash.slice(0, 7);

const triggers: Readonly<Record<Deployment["trigger"], string>> = {
  api: "manual",
  webhook: "push",
  retry: "retry",
  rollback: "rollback",
  redeploy: "redeploy",
  promotion: "promotion",
};

/** Who triggered it, and how: `ada (push)`. */
export function origin({ trigger, actor, rollback_of }: Pick<Deployment, "trigger" | "actor" | "rollback_of">): string {
  return `${actor} (${rollback_of === null ? triggers[trigger] : `rollback to #${rollback_of}`})`;
}
