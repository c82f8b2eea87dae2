import { describe, expect, test } from "@jest/globals";
import { explainStart, notPlaced, notStarted } from "../../../lib/adapters/ecs/start-trouble.ts";
import { someSettings } from "../../support/deployments.ts";

const settings = someSettings({ cpu: 512, instances: 2, memory: 1024, secrets: ["TOKEN"] });

describe("a task that never ran", () => {
  test("says so by its stop code, in the longest words that ECS has", () => {
    const stoppedReason = "CannotPullContainerError: not found";
    expect(notStarted({ stopCode: "TaskFailedToStart", stoppedReason })).toBe(stoppedReason);
    const reason = "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref";
    expect(
      notStarted({ stopCode: "TaskFailedToStart", stoppedReason: "Task failed to start", containers: [{ reason }] }),
    ).toBe(reason);
  });

  test("is none that exited or was stopped", () => {
    expect(
      notStarted({ stopCode: "EssentialContainerExited", stoppedReason: "Essential container in task exited" }),
    ).toBeNull();
    expect(
      notStarted({ stopCode: "ServiceSchedulerInitiated", stoppedReason: "Scaling activity initiated by x" }),
    ).toBeNull();
  });
});

test.each([
  [
    "(service slipway-3) was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently.",
    /^was unable to place a task\. Reason: You've reached the limit/,
  ],
  [
    "(service slipway-3) (deployment ecs-svc/123) was unable to place a task because no container instance met all of its requirements.",
    /^was unable to place a task because/,
  ],
  [
    "(service slipway-3) failed to launch a task with (error ECS was unable to assume the role 'x').",
    /^failed to launch/,
  ],
])("%s: speaks of a task that could not be placed", (message, words) => expect(notPlaced(message)).toMatch(words));

test.each(["(service slipway-3) has started 1 tasks: (task 1).", "(service slipway-3) has reached a steady state."])(
  "%s: speaks of something else",
  (message) => expect(notPlaced(message)).toBeNull(),
);

test.each([
  [
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 1.dkr.ecr/x@sha256:1: not found",
    /^ECS could not pull the image: CannotPullContainerError: .* not found\. Deploy again\./,
  ],
  [
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: /slipway/apps/1/TOKEN",
    /^ECS could not read the app's secrets: .*TOKEN\. Set the app's secrets again \(TOKEN\), then deploy\./,
  ],
  [
    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration.",
    /^The task could not reach AWS .*configuration\. Private subnets need a NAT gateway, or endpoints/,
  ],
  [
    "CannotPullContainerError: pull image manifest has been retried 5 time(s): dial tcp 10.0.0.1:443: i/o timeout",
    /^The task could not reach AWS .*i\/o timeout\. Private subnets need/,
  ],
  [
    "was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently.",
    /^Your account's quota of Fargate is used up: .*concurrently\. This release needs 2 × 0\.5 vCPU\./,
  ],
  [
    "was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.",
    /^ECS has no capacity for the task: /,
  ],
  ["OutOfMemoryError: Container killed due to memory usage", /ran out of memory.*more than 1024 MB/],
  [
    'CannotStartContainerError: Error response from daemon: exec: "serve": executable file not found in $PATH: unknown',
    /^The container could not be started: .*Check CMD and ENTRYPOINT/,
  ],
  [
    "CannotPullContainerError: app@sha256:1: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    /^The container engine does not answer: .*Start Docker or Podman, then deploy again\. The app is not the cause\.$/,
  ],
  [
    "CannotStartContainerError: error during connect: Post http://x/containers/1/start: EOF",
    /^The container engine does not answer: /,
  ],
  ["CannotStartContainerError: mkdir /x: no space left on device", /^The disk has no room for the task: .*Make room/],
  [
    "CannotStartContainerError: exec /server: exec format error",
    /^The image is for another architecture than its tasks: .*The app's architecture is x86_64\./,
  ],
  [
    "CannotStartContainerError: OCI runtime error: crun: creating cgroup",
    /^The container could not be started: .*Deploy again\. If it happens again, check what runs containers/,
  ],
  ["ResourceInitializationError: failed to configure ENI", /^ECS could not prepare the task: /],
  ["failed to launch a task with (error ECS was unable to assume the role 'x')", /^ECS may not use the task's roles: /],
  ["Something new", /^The new version did not start: Something new\. See the service's events/],
])("%s", (words, sentence) => expect(explainStart(words, settings)).toMatch(sentence));

test("what ECS says stays one sentence of readable length", () => {
  expect(explainStart(`Unknown: ${"x".repeat(5000)}`, settings).length).toBeLessThan(600);
  expect(explainStart("a\u001b[31mb\nc", settings).split("\n")).toHaveLength(1);
});
