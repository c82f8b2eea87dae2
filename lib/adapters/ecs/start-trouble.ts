import type { Task } from "@aws-sdk/client-ecs";
import { inlineText } from "@slipway/text/inert";
import { shorten } from "@slipway/text/shorten";
import { type Settings, tasksOf } from "../../core/app.ts";

const longestShown = 400;

/**
 * Why a task never ran, in ECS's words; `null`: it did run, or was stopped by somebody.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
export function notStarted({ stopCode, stoppedReason = "", containers = [] }: Task): string | null {
  if (stopCode !== "TaskFailedToStart" && !/^[A-Z]\w*Error: /.test(stoppedReason)) return null;
  const ofContainers = containers.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  const more = ofContainers.find((reason) => reason.length > stoppedReason.length && !stoppedReason.includes(reason));
  return more ?? stoppedReason;
}

/**
 * Why a service could not begin a task, of one of its events; `null`: it speaks of something else.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
 */
export function notPlaced(message: string): string | null {
  const about =
    /^\(service [^)]+\)\s*(?:\([^)]*\)\s*)*((?:was unable to place a task|failed to launch a task|was unable to assume|operations are being throttled|failed to register targets).*)$/s.exec(
      message,
    )?.[1];
  return about ?? null;
}

interface Explanation {
  readonly when: RegExp;
  /** What happened, before ECS's own words. */
  readonly what: string;
  readonly advice: (settings: Settings) => string;
}

/** A table rather than a chain: the first that fits explains. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    when: /Cannot connect to (?:the Docker daemon|Podman)|error during connect|docker\.sock|connection is shut down/i,
    what: "The container engine does not answer",
    advice: () => "Start Docker or Podman, then deploy again. The app is not the cause.",
  },
  {
    when: /no space left on device/i,
    what: "The disk has no room for the task",
    advice: () => "Make room there, such as with docker system prune, then deploy again.",
  },
  {
    when: /i\/o timeout|deadline exceeded|connection issue|Client\.Timeout|request canceled/i,
    what: "The task could not reach AWS for its image, its secrets or its log",
    advice: () =>
      "Private subnets need a NAT gateway, or endpoints for ECR, S3, CloudWatch Logs, and Systems Manager; security groups must let the tasks out. npm run deploy -- --plan says what is missing.",
  },
  {
    when: /descriptor matching platform|no matching manifest|exec format error/i,
    what: "The image is for another architecture than its tasks",
    advice: ({ architecture }) =>
      `The app's architecture is ${architecture}. Deploy again, so that the image is built for it, and check for FROM --platform in the Dockerfile.`,
  },
  {
    when: /CannotPull\w*Error|pull image|pull access denied/i,
    what: "ECS could not pull the image",
    advice: () => "Deploy again. If the image is gone from the registry, a new build makes it anew.",
  },
  {
    when: /secret|ssm|parameter/i,
    what: "ECS could not read the app's secrets",
    advice: ({ secrets }) =>
      `Set the app's secrets again${secrets.length === 0 ? "" : ` (${secrets.join(", ")})`}, then deploy. If they are set, check that the task execution role may read them.`,
  },
  {
    when: /vCPUs?\b|limit on the number of/i,
    what: "Your account's quota of Fargate is used up",
    advice: (settings) =>
      `This release needs ${tasksOf(settings).max} × ${settings.cpu / 1024} vCPU. Request a higher quota under Service Quotas (Fargate), or lower the app's cpu or instances.`,
  },
  {
    when: /capacity is unavailable|RESOURCE:|no container instance met/i,
    what: "ECS has no capacity for the task",
    advice: () => "Retry in a few minutes, or choose another size for the app.",
  },
  {
    when: /OutOfMemory/i,
    what: "The task ran out of memory while starting",
    advice: ({ memory }) => `Give the app more than ${memory} MB, or have it use less.`,
  },
  {
    when: /exec format error/i,
    what: "The container could not be started",
    advice: () => "The program is of another processor architecture: build it for linux/amd64.",
  },
  {
    when: /executable file not found|no such file or directory|permission denied|is a directory|no command/i,
    what: "The container could not be started",
    advice: () => "Check CMD and ENTRYPOINT in the Dockerfile: the program must exist in the image and be executable.",
  },
  {
    when: /CannotStartContainerError|CannotCreateContainerError/i,
    what: "The container could not be started",
    advice: () =>
      "Deploy again. If it happens again, check what runs containers, and CMD and ENTRYPOINT in the Dockerfile.",
  },
  {
    when: /ResourceInitializationError|network interface|timeout/i,
    what: "ECS could not prepare the task",
    advice: () =>
      "Check that the subnets and security groups let tasks reach ECR, Parameter Store, and CloudWatch Logs.",
  },
  {
    when: /assume (?:the )?role|unable to assume/i,
    what: "ECS may not use the task's roles",
    advice: () => "Check that the roles of the installation exist and trust ecs-tasks.amazonaws.com.",
  },
];

/** Says why a task did not start and what to do, with ECS's own words between. */
export function explainStart(words: string, settings: Settings): string {
  const { what, advice } = EXPLANATIONS.find(({ when }) => when.test(words)) ?? unknown;
  const said = shorten(inlineText(words).trim(), longestShown).replace(/\.$/, "");
  return `${what}: ${said}. ${advice(settings)}`;
}

const unknown: Omit<Explanation, "when"> = {
  what: "The new version did not start",
  advice: () => "See the service's events and stopped tasks in ECS.",
};
