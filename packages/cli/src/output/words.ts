import type { Deployment, Stage } from "@slipway/monitor/client";
import type { Style } from "./colors.ts";

const stageStyles: Readonly<Record<Stage, Style>> = {
  pending: "dim",
  cloning: "cyan",
  building: "cyan",
  awaiting_approval: "yellow",
  deploying: "cyan",
  success: "green",
  failed: "red",
  cancelled: "dim",
  superseded: "dim",
};

export const stageStyle = (stage: Stage): Style => stageStyles[stage];

/** One line that says what a deployment brings. */
export function headline({ commit_message, branch }: Pick<Deployment, "commit_message" | "branch">): string {
  const first = commit_message.split("\n", 1)[0] ?? "";
  return first === "" ? `the head of ${branch}` : first;
}

/** A commit as people know it. */
export const shortHash = (hash: string): string => hash.slice(0, 7);

/** How it came about, and by whom. */
export function origin({ trigger, actor, rollback_of }: Deployment): string {
  if (rollback_of !== null) return `rollback to ${rollback_of} by ${actor}`;
  const deed = { api: "deploy", webhook: "push", retry: "retry", rollback: "rollback" }[trigger];
  return `${deed} by ${actor}`;
}

/** `3 min ago`; a week ago and more is a date. */
export function ago(timestamp: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(timestamp)) / 1000);
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 7 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  return timestamp.slice(0, 10);
}
