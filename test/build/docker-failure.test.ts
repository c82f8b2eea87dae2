import { expect, test } from "@jest/globals";
import { type DockerEnd, explainDockerFailure } from "../../lib/build/reporter/docker-failure.ts";
import { namesNextStep } from "../support/next-step.ts";

const RUN = 'process "/bin/sh -c exit 7" did not complete successfully: exit code: 7';
const STEP = { number: 3, of: 5, instruction: "RUN exit 7" };
/** Whatever went wrong, the message says what to do. */
const explain = (end: Partial<DockerEnd>) => {
  const failure = explainDockerFailure({ exitCode: 1, errors: [], text: [], ...end });
  expect([failure.message, namesNextStep(failure.message)]).toEqual([failure.message, true]);
  return failure;
};

test("a failing command is named with its step and its own exit code; the reporter exits with docker's", () => {
  const failure = explain({
    errors: [{ name: "[3/5] RUN exit 7", error: RUN, step: STEP }],
    text: [`ERROR: failed to solve: ${RUN}`],
  });
  expect(failure.finished()).toEqual({
    outcome: "failed",
    stage: "building",
    code: "build_failed",
    message:
      "Docker build failed with exit code 7 at step 3/5 (RUN exit 7). Fix the command in the Dockerfile, or run it locally with docker build.",
    exit_code: 7,
    image_digest: null,
    steps: [],
  });
  expect(failure.reporterExit).toBe(1);
});

test("Docker before version 23 says it in other words", () => {
  const error = "executor failed running [/bin/sh -c exit 7]: exit code: 7";
  expect(explain({ errors: [{ name: "[3/5] RUN exit 7", error, step: STEP }] }).message).toMatch(
    /^Docker build failed with exit code 7 at step 3\/5 \(RUN exit 7\)\. /,
  );
});

test.each([
  ["ENV must have two arguments", "   2 | >>> ENV A"],
  ["invalid signal: NOSUCH", "   2 | >>> STOPSIGNAL NOSUCH"],
])("Docker 28 marks the line of an instruction that is wrong: %s", (said, marked) => {
  const excerpt = ["Dockerfile:2", "   1 |     FROM node:24", marked];
  const { code, message } = explain({ text: [...excerpt, `ERROR: failed to build: failed to solve: ${said}`] });
  expect({ code, message }).toEqual({
    code: "dockerfile_invalid",
    message: `The Dockerfile is invalid: dockerfile parse error on line 2: ${said}. Correct it and push again.`,
  });
});

test("what Docker 28 could not do for another reason is no fault of the Dockerfile", () => {
  const marked = "   2 | >>> FROM node:24";
  for (const said of ["failed to do request: dial tcp: no route", "pull access denied for x", "node:24: not found"]) {
    expect(explain({ text: [marked, `ERROR: failed to build: failed to solve: ${said}`] }).code).toBe("build_failed");
  }
});

test("a command killed for want of memory says so", () => {
  const error = RUN.replaceAll("7", "137");
  expect(explain({ errors: [{ name: "x", error, step: STEP }] }).message).toContain("memory ran out");
});

test("a command killed for a limit names it", () => {
  const error = `${RUN.replaceAll("7", "137")}: too many processes: it reached its limit of 64`;
  const { message } = explain({ errors: [{ name: "x", error, step: STEP }] });
  expect(message).toContain("It was killed, too many processes: it reached its limit of 64.");
});

test("a command whose programs may be missing says so", () => {
  const error = `${RUN.replaceAll("7", "127")}: steps run on this machine, which does not have the programs of the base image`;
  const { message } = explain({ errors: [{ name: "x", error, step: STEP }] });
  expect(message).toContain("Note that steps run on this machine, which does not have the programs of the base image.");
  expect(message).toContain("start Docker or Podman and restart Slipway");
});

const pull = "failed to resolve source metadata for docker.io/library/node:24";
test.each<[string, string, string, RegExp]>([
  [
    "dockerfile_invalid",
    "",
    "ERROR: failed to build: failed to solve: dockerfile parse error on line 3: unknown instruction: FLY",
    /^The Dockerfile is invalid: dockerfile parse error on line 3: unknown instruction: FLY\. /,
  ],
  [
    "dockerfile_invalid",
    "",
    "ERROR: failed to solve: dockerfile parse error line 3: unknown instruction: FLY",
    /^The Dockerfile is invalid: dockerfile parse error on line 3: unknown instruction: FLY\. /,
  ],
  [
    "build_failed",
    'failed to compute cache key: failed to calculate checksum of ref a: "/nothing": not found',
    "",
    /: there is no "\/nothing" to copy\. Check the path/,
  ],
  [
    "build_failed",
    'failed to compute cache key: "/nothing" not found: not found',
    "",
    /: there is no "\/nothing" to copy/,
  ],
  [
    "build_failed",
    "",
    "ERROR: failed to build: failed to solve: lstat /nothing: no such file or directory",
    /: there is no "\/nothing" to copy\. Check the path/,
  ],
  [
    "build_failed",
    "",
    "ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    /: the container engine went away or does not answer: .*Start it, then deploy again\.$/,
  ],
  [
    "build_failed",
    "",
    "ERROR: failed to build: failed to solve: Unavailable: error reading from server: EOF",
    /: the container engine went away or does not answer: .*Start it, then deploy again\.$/,
  ],
  [
    "build_failed",
    "",
    "ERROR: failed to solve: the command of docker was ended by SIGKILL",
    /: the container engine went away or does not answer: .*SIGKILL\. Start it, then deploy again\.$/,
  ],
  [
    "build_failed",
    "failed to copy files: write /x: no space left on device",
    "",
    /: the disk of the machine that builds is full\. Make room/,
  ],
  [
    "dockerfile_invalid",
    "",
    "ERROR: failed to solve: the Dockerfile cannot be empty",
    /^The Dockerfile is invalid: Dockerfile cannot be empty\. /,
  ],
  [
    "container_engine_required",
    "",
    "ERROR: failed to solve: needs a container engine: line 2 (RUN apk add curl): apk installs packages",
    /^This Dockerfile needs Docker or Podman: line 2 \(RUN apk add curl\): apk installs packages\. Start Docker or Podman/,
  ],
  [
    "dockerfile_missing",
    "",
    "ERROR: failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory",
    /could not read/,
  ],
  [
    "base_image_rate_limited",
    `${pull}: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.`,
    "",
    /later/,
  ],
  [
    "build_failed",
    `${pull}: docker.io/library/node:24: not found`,
    "",
    /^Docker build failed with exit code 1: the base image node:24 could not be pulled: not found\. Check the name after FROM/,
  ],
  [
    "build_failed",
    'failed to do request: Head "https://registry-1.docker.io/v2/library/nosuch/manifests/latest": dial tcp: no route',
    "",
    /: the base image nosuch:latest could not be pulled: dial tcp: no route\. Check the name/,
  ],
  [
    "build_failed",
    'failed to resolve source metadata for registry.invalid/a/b:1: pinging container registry registry.invalid: Get "https://registry.invalid/v2/": no such host',
    "",
    /: the base image registry\.invalid\/a\/b:1 could not be pulled: no such host\. Check the name/,
  ],
  [
    "dockerfile_invalid",
    "",
    "ERROR: failed to build: failed to solve: rpc error: code = Unknown desc = failed to solve with frontend dockerfile.v0: failed to create LLB definition: ENV must have two arguments",
    /^The Dockerfile is invalid: ENV must have two arguments\. Correct it/,
  ],
  [
    "build_failed",
    "failed to compute cache key: failed to walk /var/lib/docker/tmp/buildkit-mount2373/a/b: lstat /var/lib/docker/tmp/buildkit-mount2373/a/b: no such file or directory",
    "",
    /: there is no "\/a\/b" to copy\./,
  ],
  [
    "build_failed",
    "lstat /var/lib/docker/overlay2/170c/merged/nosuchfile: no such file or directory",
    "",
    /: there is no "\/nosuchfile" to copy\./,
  ],
  ["build_secret_missing", "", "ERROR: failed to solve: secret npm not found: not found", /requires the secret "npm"/],
  [
    "build_failed",
    "executor failed running [/bin/sh -c true]: unable to find user nosuch: no matching entries in passwd file",
    "",
    /: the image has no user "nosuch"\. Add the user/,
  ],
  [
    "build_failed",
    'failed to load cache key: Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused',
    "",
    /: http:\/\/127\.0\.0\.1:1\/x could not be downloaded: dial tcp .* refused\. Check the address after ADD/,
  ],
  [
    "dockerfile_missing",
    "",
    "ERROR: failed to solve: failed to read dockerfile: open /var/lib/docker/tmp/buildkit-mount366/Dockerfile: no such file or directory",
    /^Docker could not read the Dockerfile: failed to read dockerfile: open Dockerfile: no such file/,
  ],
  [
    "push_failed",
    "",
    "ERROR: failed to solve: failed to push 123.dkr.ecr.eu-west-1.amazonaws.com/slipway:x: toomanyrequests: Rate exceeded",
    /Rate exceeded/,
  ],
  [
    "build_failed",
    "",
    "ERROR: Cannot connect to the Docker daemon",
    /: the container engine went away or does not answer: Cannot connect to the Docker daemon\. Start it/,
  ],
  ["build_failed", "", "", /^Docker build failed with exit code 1\. /],
])("%s", (code, error, text, sentence) => {
  const errors = error === "" ? [] : [{ name: "[internal] load metadata", error, step: undefined }];
  const failure = explain({ errors, text: [text] });
  expect(failure.code).toBe(code);
  expect(failure.message).toMatch(sentence);
});

// Docker 20.10 tells what it could not resolve as a Dockerfile that it could not read.
test.each([
  [
    "pulling from host ghcr.io failed with status code [manifests 1]: 401 Unauthorized",
    "build_failed",
    "the base image ghcr.io/app:1 could not be pulled: pulling from host ghcr.io failed with status code [manifests 1]: 401 Unauthorized",
  ],
  [
    "pulling from host ghcr.io failed with status code [manifests 1]: 429 Too Many Requests",
    "base_image_rate_limited",
    "The registry of the base image refuses further downloads",
  ],
  ["target stage nosuch could not be found", "build_target_unknown", 'The Dockerfile has no stage "nosuch".'],
])("docker 20.10: %s", (error, code, sentence) => {
  const errors = [{ name: "[internal] load metadata for ghcr.io/app:1", error, step: undefined }];
  const text = [
    `ERROR: failed to build: failed to solve: rpc error: code = Unknown desc = failed to solve with frontend dockerfile.v0: failed to create LLB definition: ${error}`,
  ];
  const failure = explain({ errors, text });
  expect(failure.code).toBe(code);
  expect(failure.message).toContain(sentence);
});

test("an error while pushing is a push that failed, whatever it says", () => {
  const errors = [{ name: "exporting to image", error: "unexpected status: 403 Forbidden", step: undefined }];
  expect(explain({ errors }).code).toBe("push_failed");
});

test("the words of a command cannot pass for docker's", () => {
  const error =
    'process "/bin/sh -c echo dockerfile parse error toomanyrequests; exit 2" did not complete successfully: exit code: 2';
  const text = ["[internal] dockerfile parse error on line 1", "------"];
  expect(explain({ errors: [{ name: "x", error, step: STEP }], text }).finished()).toMatchObject({
    code: "build_failed",
    exit_code: 2,
  });
});
