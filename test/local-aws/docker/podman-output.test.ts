import { describe, expect, test } from "@jest/globals";
import { parseDockerfile } from "@slipway/local-aws/containers/docker/dockerfile";
import { SolveError } from "@slipway/local-aws/containers/docker/failures";
import { inDockersWords, podmanReader } from "@slipway/local-aws/containers/docker/podman-output";
import type { Progress } from "@slipway/local-aws/containers/docker/progress";

/** What was shown: steps as they begin, what they printed, and how they ended. */
async function shown(text: string, exitCode: number, dockerfile?: string) {
  const events: string[] = [];
  const progress: Progress = {
    step: async (name, run) => {
      events.push(name);
      try {
        const result = await run({
          log: (_stream, chunk) => void events.push(`  ${String(chunk).trimEnd()}`),
          cached: () => void events.push("  CACHED"),
        });
        events.push("  done");
        return result;
      } catch (error) {
        events.push(`  failed: ${error instanceof Error ? error.message : ""}`);
        throw error;
      }
    },
  };
  const parsed = dockerfile === undefined ? undefined : parseDockerfile(dockerfile);
  const reader = podmanReader(progress, parsed);
  for (const line of text.trim().split("\n")) await reader.read(line, "stdout");
  const error = await reader.end(exitCode).catch((thrown: unknown) => thrown);
  return { events, error };
}

const twoStages = `FROM node:24-slim AS a
RUN echo one > /one
FROM node:24-slim
COPY --from=a /one /one
RUN echo two
CMD ["node"]
`;

describe("what podman 4.3 prints", () => {
  test("is shown with docker's steps: those that make a layer, numbered in each stage", async () => {
    const { events, error } = await shown(
      `
[1/2] STEP 1/2: FROM node:24-slim AS a
[1/2] STEP 2/2: RUN echo one > /one
--> bbde34a79e9
[2/2] STEP 1/5: FROM node:24-slim
[2/2] STEP 2/5: COPY --from=a /one /one
--> Using cache a402f1d7af2276ba33093ee6b3fb7134971fa7efe0e6303c5856a795d2a77406
--> a402f1d7af2
[2/2] STEP 3/5: RUN echo two
two
--> 435735e84a3
[2/2] STEP 4/5: CMD ["node"]
--> 5d2c8f0a1b3
[2/2] STEP 5/5: LABEL "local-aws.builds"="0123456789ab"
[2/2] COMMIT localhost/slipway-x:a
--> 32083aebf16
[Warning] one or more build args were not consumed: [TARGETARCH TARGETOS TARGETPLATFORM]
Successfully tagged localhost/slipway-x:a
32083aebf1671e6041784522698f232da0dd9eef306f694554462d8c8111c663`,
      0,
      twoStages,
    );
    expect(error).toBeUndefined();
    expect(events).toEqual([
      ...["[a 1/2] FROM node:24-slim AS a", "  done", "[a 2/2] RUN echo one > /one", "  done"],
      ...["[stage-1 1/3] FROM node:24-slim", "  done"],
      ...["[stage-1 2/3] COPY --from=a /one /one", "  CACHED", "  done"],
      ...["[stage-1 3/3] RUN echo two", "  two", "  done"],
    ]);
  });

  test("a command that fails: its step ends with BuildKit's words", async () => {
    const words = 'process "/bin/sh -c exit 7" did not complete successfully: exit code: 7';
    const { events, error } = await shown(
      `
STEP 1/2: FROM node:24-slim
STEP 2/2: RUN exit 7
Error: building at STEP "RUN exit 7": while running runtime: exit status 7`,
      7,
      "FROM node:24-slim\nRUN exit 7\n",
    );
    expect(events).toEqual(["[1/2] FROM node:24-slim", "  done", "[2/2] RUN exit 7", `  failed: ${words}`]);
    expect(error).toEqual(new SolveError(words));
  });

  test("where it counts otherwise than the Dockerfile does, its own numbers are shown", async () => {
    const { events } = await shown(
      "STEP 1/4: FROM node:24-slim\nSTEP 2/4: RUN <<E",
      0,
      "FROM node:24-slim\nRUN true\n",
    );
    expect(events).toEqual(["[1/4] FROM node:24-slim", "  done", "[2/4] RUN <<E", "  done"]);
  });
});

test("a base image whose variable is empty is named as in the Dockerfile", async () => {
  const { error } = await shown("Error: no FROM statement found", 125, "ARG X\nFROM $X\nRUN true\n");
  expect(error).toEqual(new SolveError("base name ($X) should not be blank"));
});

test.each([
  [
    'building at STEP "COPY secret /x": no items matching glob "/tmp/ctx/secret" copied (1 filtered out using /tmp/ctx/.dockerignore): no such file or directory',
    'failed to compute cache key: "/secret": not found',
  ],
  [
    'building at STEP "COPY nothing* /x": checking on sources under "/tmp/ctx": copier: stat: ["/nothing*"]: no such file or directory',
    'failed to compute cache key: "/nothing*": not found',
  ],
  [
    'building at STEP "RUN --mount=type=secret,id=npm,required=true true": resolving mountpoints for container "ad26": secret required but no secret with id npm found',
    "secret npm: not found",
  ],
  [
    'building at STEP "RUN true": determining run uid: user: unknown user error looking up user "nosuch"',
    "unable to find user nosuch: no matching entries in passwd file",
  ],
  [
    "stat /tmp/ctx/Dockerfile.nosuch: no such file or directory",
    "failed to read dockerfile: open Dockerfile.nosuch: no such file or directory",
  ],
  ['no contents in "/tmp/ctx/Dockerfile"', "the Dockerfile cannot be empty"],
  ["no FROM statement found", "no build stage in current context"],
  ['The target "nope" was not found in the provided Dockerfile', 'target stage "nope" could not be found'],
  [
    'building at STEP "COPY nothing /x": checking on sources under "/tmp/ctx": copier: stat: "/nothing": no such file or directory',
    'failed to compute cache key: "/nothing": not found',
  ],
  [
    'creating build container: short-name "nosuchimage:1" did not resolve to an alias and no unqualified-search registries are defined in "/etc/containers/registries.conf"',
    "failed to resolve source metadata for nosuchimage:1: not found",
  ],
  [
    "creating build container: initializing source docker://ghcr.io/no/image:1: reading manifest 1: manifest unknown",
    "failed to resolve source metadata for ghcr.io/no/image:1: reading manifest 1: manifest unknown",
  ],
  ["COPY --from=nope: no stage or image found with that name", "failed to resolve source metadata for nope: not found"],
  [
    "COPY --from=registry.invalid/nosuch:1: no stage or image found with that name",
    "failed to resolve source metadata for registry.invalid/nosuch:1: not found",
  ],
  [
    "creating build container: initializing source docker://example.com/app:1: pinging container registry example.com: too many requests to registry",
    "failed to resolve source metadata for example.com/app:1: unexpected status from HEAD request: 429 Too Many Requests",
  ],
  ["writing blob: no space left on device", "writing blob: no space left on device"],
])("podman's %s is docker's %s", (podman, docker) => {
  expect(inDockersWords(podman, "")).toEqual(new SolveError(docker));
});
