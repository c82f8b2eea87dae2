import { expect, test } from "@jest/globals";
import { foreignBases, foundation } from "../../lib/build/reporter/architecture.ts";
import { baseOf } from "../../lib/build/reporter/demands.ts";
import { explainDockerFailure } from "../../lib/build/reporter/docker-failure.ts";

const warning = (image: string, pulled: string) =>
  `InvalidBaseImagePlatform: Base image ${image} was pulled with platform "${pulled}", expected "linux/arm64" for current build (line 1)`;

test("a base image that is there for another platform only is told by docker's warning", () => {
  expect(foreignBases([warning("acme/old:1", "linux/amd64"), "JSONArgsRecommended: x"], "linux/arm64")).toEqual([
    { image: "acme/old:1", platform: "linux/amd64" },
  ]);
  // The machine that builds may be another one than the app's, as on a laptop.
  expect(foreignBases([warning("acme/old:1", "linux/amd64")], "linux/amd64")).toEqual([]);
});

test.each([
  ["FROM acme/old:1\nCOPY . .", null, "acme/old:1"],
  [
    "FROM --platform=$BUILDPLATFORM node:24 AS build\nRUN make\nFROM acme/old:1\nCOPY --from=build /x /x",
    null,
    "acme/old:1",
  ],
  ["FROM node:24 AS base\nFROM base AS web\nFROM scratch", "web", "node:24"],
  ["FROM $BASE", null, "$base"],
])("the image that another one is made on is found through the stages: %j, %j", (dockerfile, target, base) => {
  expect(baseOf(dockerfile, { target })).toBe(base);
});

test("only what the image is made on has to be for its platform", () => {
  const foreign = [{ image: "docker.io/library/assets:latest", platform: "linux/amd64" }];
  expect(foundation(foreign, "assets")).toEqual(foreign[0]);
  expect(foundation(foreign, "node:24")).toBeUndefined();
  expect(foundation(foreign, "$BASE")).toEqual(foreign[0]);
});

test.each([
  [
    "[internal] load metadata for docker.io/acme/old:1",
    "docker.io/acme/old:1: no match for platform in manifest: not found",
    "docker.io/acme/old:1",
  ],
  [
    "x",
    "failed to resolve source metadata for docker.io/acme/old:1: no match for platform in manifest: not found",
    "docker.io/acme/old:1",
  ],
  [
    "STEP 1/2: FROM acme/old:1",
    'choosing an image from manifest list docker://acme/old:1: no image found in image index for architecture "arm64", variant "v8", OS "linux"',
    "acme/old:1",
  ],
])("an image without one for the platform is named: %j %j", (name, error, image) => {
  const failure = explainDockerFailure({ exitCode: 1, errors: [{ name, error, step: undefined }], text: [] });
  expect(failure.code).toBe("architecture_missing");
  expect(failure.message).toBe(
    `The base image ${image} is not available for the architecture of this build. Use a base image that is, or change the app's setting "architecture".`,
  );
});

test("a step that could not be executed on a foreign base image names that, another failure of it does not", () => {
  const failing = (code: number) => ({
    exitCode: 1,
    errors: [
      {
        name: "[2/2] RUN make",
        error: `process "/bin/sh -c make" did not complete successfully: exit code: ${code}`,
        step: { number: 2, of: 2, instruction: "RUN make" },
      },
    ],
    text: [],
    foreign: [{ image: "acme/old:1", platform: "linux/amd64" }],
  });
  expect(explainDockerFailure(failing(255))).toMatchObject({
    code: "architecture_missing",
    message: expect.stringContaining(
      "acme/old:1 is not available for the architecture of this build, only for linux/amd64.",
    ),
  });
  expect(explainDockerFailure(failing(2)).code).toBe("build_failed");
});
