import type { Stage } from "@slipway/monitor/client";
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

export const noApps = "No apps yet. Run slipway up in a Git repository to create one and deploy it.";

export const stageStyle = (stage: Stage): Style => stageStyles[stage];

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
