import type { AwsEvent } from "../../kernel/part.ts";
import { type Build, type Phase, seconds, uuidOf } from "./records.ts";

const FORMAT = new Intl.DateTimeFormat("en-US", {
  timeZone: "UTC",
  ...{ year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", second: "2-digit" },
});

/** As CodeBuild writes times in its events: `Sep 1, 2017 4:12:29 PM`. */
function inWords(time: number): string {
  const part = Object.fromEntries(FORMAT.formatToParts(time).map(({ type, value }) => [type, value]));
  return `${part.month} ${part.day}, ${part.year} ${part.hour}:${part.minute}:${part.second} ${part.dayPeriod}`;
}

const contextOf = ({ contexts }: Phase): string[] =>
  contexts.map(({ statusCode, message }) => `${statusCode}: ${message}`);

function phaseInfo(phase: Phase) {
  return {
    "phase-context": contextOf(phase),
    "start-time": inWords(phase.startTime),
    ...(phase.endTime === null ? {} : { "end-time": inWords(phase.endTime), "duration-in-seconds": seconds(phase) }),
    "phase-type": phase.type,
    ...(phase.status === null ? {} : { "phase-status": phase.status }),
  };
}

function additionalInformation(build: Build) {
  const { environment, source, variables } = build;
  const group = `/aws/codebuild/${build.projectName}`;
  return {
    "build-number": build.number,
    "timeout-in-minutes": build.timeoutInMinutes,
    "build-complete": build.status !== "IN_PROGRESS",
    initiator: build.initiator,
    "build-start-time": inWords(build.startTime),
    source,
    environment: {
      image: environment.image,
      "privileged-mode": environment.privilegedMode,
      "compute-type": environment.computeType,
      type: environment.type,
      "environment-variables": variables,
    },
    logs: { "group-name": group, "stream-name": uuidOf(build) },
    phases: build.phases.map(phaseInfo),
  };
}

const event = (build: Build, type: string, detail: object): AwsEvent => ({
  source: "aws.codebuild",
  "detail-type": type,
  resources: [build.arn],
  detail: {
    ...detail,
    "project-name": build.projectName,
    "build-id": build.arn,
    "additional-information": additionalInformation(build),
    version: "1",
  },
});

/** The build began or ended. */
export function stateChange(build: Build): AwsEvent {
  return event(build, "CodeBuild Build State Change", {
    "build-status": build.status,
    "current-phase": build.currentPhase,
    "current-phase-context": "[]",
  });
}

/** A phase of the build ended. */
export function phaseChange(build: Build, phase: Phase): AwsEvent {
  return event(build, "CodeBuild Build Phase Change", {
    "completed-phase": phase.type,
    "completed-phase-status": phase.status,
    "completed-phase-context": `[${contextOf(phase).join(", ")}]`,
    "completed-phase-duration-seconds": seconds(phase),
    "completed-phase-start": inWords(phase.startTime),
    "completed-phase-end": inWords(phase.endTime ?? phase.startTime),
  });
}
