import { describe, expect, test } from "@jest/globals";
import { judgeDemands } from "../../lib/build/reporter/demands.ts";
import { BuildFailure } from "../../lib/build/reporter/failure.ts";

type Order = Parameters<typeof judgeDemands>[1];
const none: Order = { args: {}, secrets: {}, lost_secrets: [], target: null };
const judge = (dockerfile: string, order: Partial<Order> = {}) => judgeDemands(dockerfile, { ...none, ...order });

function refusal(dockerfile: string, order: Partial<Order>): string {
  try {
    judge(dockerfile, order);
  } catch (error) {
    if (error instanceof BuildFailure) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "accepted";
}

const dockerfile = `# syntax=docker/dockerfile:1
ARG NODE_VERSION=24
FROM node:\${NODE_VERSION} AS build
ARG MODE=fast OTHER
RUN --mount=type=secret,id=npm_token,required npm ci
FROM scratch AS docs
RUN --mount=type=secret,id=docs_key,required=true echo
FROM build AS Web
RUN --mount=type=secret,id=sentry \\
    --mount=type=cache,target=/root/.npm \\
    npm run build
`;

describe("what the settings demand of a Dockerfile", () => {
  test("is accepted where the Dockerfile has it", () => {
    const secrets = { npm_token: "x", sentry: "y" };
    expect(judge(dockerfile, { args: { NODE_VERSION: "22", MODE: "slow", OTHER: "" }, secrets })).toEqual([]);
    expect(judge(dockerfile, { args: { HTTP_PROXY: "http://p", SOURCE_DATE_EPOCH: "0" }, secrets })).toEqual([]);
    expect(judge(dockerfile, { target: "build", secrets })).toEqual([]);
    expect(judge(dockerfile, { target: "WEB", secrets })).toEqual([]);
    expect(judge(dockerfile, { target: "0", secrets })).toEqual([]);
  });

  test("an argument that no ARG declares is refused by name", () => {
    expect(refusal(dockerfile, { args: { MODE: "x", MOOD: "y" } })).toBe(
      'build_arg_unknown: The Dockerfile declares no build argument "MOOD". Add the line "ARG MOOD" to the stage that uses it, or correct the app\'s setting "buildArgs".',
    );
    expect(refusal("FROM scratch\n# ARG MOOD\nENV A=b", { args: { MOOD: "y" } })).toMatch(/^build_arg_unknown/);
  });

  test("a stage that is not there is refused, with those that are", () => {
    expect(refusal(dockerfile, { target: "prod" })).toBe(
      'build_target_unknown: The Dockerfile has no stage "prod". Its stages are "build", "docs", "web". Correct the app\'s setting "buildTarget".',
    );
    expect(refusal("FROM scratch", { target: "1" })).toMatch(/None of its stages has a name/);
  });

  test("a secret that a step requires and the app does not have is refused, in stages that are built only", () => {
    expect(refusal(dockerfile, { secrets: { sentry: "y" } })).toMatch(
      /^build_secret_missing: The Dockerfile requires the secret "npm_token", which is not set\. .*--build-secret npm_token/,
    );
    expect(refusal(dockerfile, { target: "docs" })).toMatch(/"docs_key"/);
    expect(refusal(dockerfile, { lost_secrets: ["npm_token"] })).toMatch(/"npm_token" has no value any more/);
  });

  test("a secret that a step can do without is named once", () => {
    expect(judge(dockerfile, { secrets: { npm_token: "x" } })).toEqual([
      'The Dockerfile mounts the secret "sentry", which is not among the app\'s build secrets. Building without it.',
    ]);
  });

  test("a Dockerfile in another syntax, or without a stage, is left to BuildKit", () => {
    expect(judge("# syntax=example.com/other:1\nANYTHING", { target: "x", args: { A: "1" } })).toEqual([]);
    expect(judge("", { target: "x", args: { A: "1" } })).toEqual([]);
  });
});
