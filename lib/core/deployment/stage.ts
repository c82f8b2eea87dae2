import * as z from "zod";

/** The stages of a deployment's life, as on the wire. */
export const stageSchema = z
  .enum([
    "pending",
    "cloning",
    "building",
    "awaiting_approval",
    "deploying",
    "success",
    "failed",
    "cancelled",
    "superseded",
  ])
  .meta({ id: "Stage" });
export type Stage = z.infer<typeof stageSchema>;

const terminal = ["success", "failed", "cancelled", "superseded"] as const;
export type TerminalStage = (typeof terminal)[number];
export const terminalStageSchema = z.enum(terminal);

/** A terminal stage is final: no event leads out of it. */
export function isTerminal(stage: Stage): stage is TerminalStage {
  return (terminal as readonly Stage[]).includes(stage);
}

/** Progress in percent when a stage is entered, and what people read then. `null`: as it was. */
export const stages: Readonly<Record<Stage, { progress: number | null; message: string }>> = {
  pending: { progress: 0, message: "Waiting in queue" },
  cloning: { progress: 20, message: "Cloning Git repository" },
  building: { progress: 50, message: "Building Docker image" },
  awaiting_approval: { progress: 70, message: "Waiting for approval" },
  deploying: { progress: 80, message: "Starting container" },
  success: { progress: 100, message: "Deployment succeeded" },
  failed: { progress: 0, message: "Deployment failed" },
  cancelled: { progress: null, message: "Deployment cancelled" },
  superseded: { progress: null, message: "Replaced by a newer deployment" },
};

/** 50 to 69, by the build steps begun. */
export function buildProgress(step: { number: number; of: number }): number {
  const share = Math.min(1, Math.max(0, step.number / Math.max(1, step.of)));
  return 50 + Math.floor(19 * share);
}

/** 80 to 99, half by healthy tasks, half by the share of traffic (0 to 100) on the new version. */
export function releaseProgress(seen: { healthy: number; desired: number; traffic: number }): number {
  const healthy = Math.min(1, Math.max(0, seen.healthy / Math.max(1, seen.desired)));
  const traffic = Math.min(1, Math.max(0, seen.traffic / 100));
  return 80 + Math.floor(19 * (healthy / 2 + traffic / 2));
}
