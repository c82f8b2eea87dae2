import {
  isTerminal,
  type OpenStage,
  openStages,
  type Stage,
  stageFacts,
  stages,
  terminalStages,
} from "@slipway/monitor/stages";
import * as z from "zod";

export { isTerminal, type OpenStage, type Stage, type TerminalStage } from "@slipway/monitor/stages";

/** The stages as on the wire. */
export const stageSchema = z.enum(stages).meta({ id: "Stage" });
export const terminalStageSchema = z.enum(terminalStages);

/** What people read when a stage is entered. */
export const stageMessages: Readonly<Record<Stage, string>> = {
  pending: "Waiting in queue",
  cloning: "Cloning Git repository",
  building: "Building Docker image",
  awaiting_approval: "Waiting for approval",
  deploying: "Starting container",
  success: "Deployment succeeded",
  failed: "Deployment failed",
  cancelled: "Deployment cancelled",
  superseded: "Replaced by a newer deployment",
};

/** The open stages that may directly follow each one. Every open stage may end in any terminal one. */
const followers: Readonly<Record<OpenStage, readonly OpenStage[]>> = {
  pending: ["cloning", "awaiting_approval", "deploying"],
  cloning: ["building"],
  building: ["awaiting_approval", "deploying"],
  awaiting_approval: ["deploying"],
  deploying: [],
};

/** Whether a deployment may go from one stage to another. */
export function mayFollow(from: Stage, to: Stage): boolean {
  if (isTerminal(from)) return false;
  return isTerminal(to) || followers[from].includes(to);
}

/** Who says that an open stage is over. */
const endedBy = {
  pending: "worker",
  cloning: "build",
  building: "build",
  awaiting_approval: "people",
  deploying: "worker",
} as const satisfies Record<OpenStage, "worker" | "build" | "people">;

/** The stages that a build's reporter speaks of. */
export type BuildStage = {
  [Each in OpenStage]: (typeof endedBy)[Each] extends "build" ? Each : never;
}[OpenStage];

const isBuildStage = (stage: OpenStage): stage is BuildStage => endedBy[stage] === "build";
export const buildStageSchema = z.enum(openStages.filter(isBuildStage));

/** By the build steps begun. */
export function buildProgress(step: { number: number; of: number }): number {
  return within("building", step.number / Math.max(1, step.of));
}

/** Half by healthy tasks, half by the share of traffic (0 to 100) on the new version. */
export function releaseProgress(seen: { healthy: number; desired: number; traffic: number }): number {
  const healthy = Math.min(1, Math.max(0, seen.healthy / Math.max(1, seen.desired)));
  const traffic = Math.min(1, Math.max(0, seen.traffic / 100));
  return within("deploying", healthy / 2 + traffic / 2);
}

/** The percent of a stage of which a share, from 0 to 1, is done. */
function within(stage: OpenStage, share: number): number {
  const [entered, most] = stageFacts[stage].progress ?? [0, 0];
  return entered + Math.floor((most - entered) * Math.min(1, Math.max(0, share)));
}
