import * as z from "zod";

const STATUSES = ["IN_PROGRESS", "SUCCEEDED", "FAILED", "FAULT", "STOPPED", "TIMED_OUT"] as const;
const PHASES = [
  "SUBMITTED",
  "QUEUED",
  "PROVISIONING",
  "DOWNLOAD_SOURCE",
  "INSTALL",
  "PRE_BUILD",
  "BUILD",
  "POST_BUILD",
  "UPLOAD_ARTIFACTS",
  "FINALIZING",
  "COMPLETED",
] as const;

const status = z.enum(STATUSES);
const phaseType = z.enum(PHASES);
const context = z.object({ statusCode: z.string(), message: z.string() });
const phase = z.object({
  type: phaseType,
  status: status.nullable(),
  /** Milliseconds since the epoch, as all times here. */
  startTime: z.number(),
  endTime: z.number().nullable(),
  contexts: z.array(context),
});
export const environmentVariable = z.object({
  name: z.string().min(1),
  value: z.string(),
  type: z.enum(["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"]).default("PLAINTEXT"),
});

/** A build as it is stored. */
export const buildRecord = z.object({
  /** `<project>:<uuid>` */
  id: z.string(),
  arn: z.string(),
  number: z.number(),
  projectName: z.string(),
  status,
  currentPhase: phaseType,
  startTime: z.number(),
  endTime: z.number().nullable(),
  phases: z.array(phase),
  variables: z.array(environmentVariable),
  source: z.object({ type: z.string(), location: z.string().optional(), buildspec: z.string().optional() }),
  environment: z.object({ type: z.string(), image: z.string(), computeType: z.string(), privilegedMode: z.boolean() }),
  serviceRole: z.string(),
  initiator: z.string(),
  timeoutInMinutes: z.number(),
  queuedTimeoutInMinutes: z.number(),
  /** The request's `idempotencyToken`, and the rest of the request to compare a repeated one with. */
  token: z.string().nullable(),
  request: z.string(),
});

export type Build = z.infer<typeof buildRecord>;
export type BuildStatus = z.infer<typeof status>;
export type Phase = z.infer<typeof phase>;
export type PhaseType = z.infer<typeof phaseType>;
export type PhaseContext = z.infer<typeof context>;
export type EnvironmentVariable = z.infer<typeof environmentVariable>;

export const uuidOf = ({ id }: Build): string => id.slice(id.lastIndexOf(":") + 1);
export const seconds = (phase: Phase): number =>
  Math.round(((phase.endTime ?? phase.startTime) - phase.startTime) / 1000);

function logsOf(build: Build) {
  const groupName = `/aws/codebuild/${build.projectName}`;
  return { groupName, streamName: uuidOf(build), cloudWatchLogs: { status: "ENABLED", groupName } };
}

/** A build in the shape of `BatchGetBuilds`, times in seconds. */
export function describeBuild(build: Build): Readonly<Record<string, unknown>> {
  const { id, arn, projectName, currentPhase, environment, variables, source, serviceRole, initiator } = build;
  return {
    ...{ id, arn, projectName, currentPhase, source, serviceRole, initiator },
    buildNumber: build.number,
    buildStatus: build.status,
    buildComplete: build.status !== "IN_PROGRESS",
    startTime: build.startTime / 1000,
    ...(build.endTime === null ? {} : { endTime: build.endTime / 1000 }),
    phases: build.phases.map((phase) => ({
      phaseType: phase.type,
      ...(phase.status === null ? {} : { phaseStatus: phase.status }),
      startTime: phase.startTime / 1000,
      ...(phase.endTime === null ? {} : { endTime: phase.endTime / 1000, durationInSeconds: seconds(phase) }),
      contexts: phase.contexts,
    })),
    environment: { ...environment, environmentVariables: variables },
    artifacts: { location: "" },
    cache: { type: "NO_CACHE" },
    logs: logsOf(build),
    timeoutInMinutes: build.timeoutInMinutes,
    queuedTimeoutInMinutes: build.queuedTimeoutInMinutes,
  };
}
