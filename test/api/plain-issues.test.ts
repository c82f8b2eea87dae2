import { expect, test } from "@jest/globals";
import { ApiError } from "../../lib/api/errors.ts";
import { parse } from "../../lib/api/parse.ts";
import { createAppSchema, createRunSchema } from "../../lib/contract/requests.ts";

/** What is said of each field of a request. */
function saidOf(schema: Parameters<typeof parse>[0], body: unknown): Readonly<Record<string, string>> {
  try {
    parse(schema, body);
  } catch (error) {
    if (error instanceof ApiError)
      return Object.fromEntries(error.details.map(({ field, message }) => [field, message]));
    throw error;
  }
  return {};
}

test("what is wrong with a field is said in plain words", () => {
  const body = {
    repoUrl: 3,
    branch: "",
    port: 99_999,
    memory: "a",
    startupSeconds: 1.5,
    keepReleases: 0,
    approval: "maybe",
    autoDeploy: "yes",
    watchPaths: Array.from({ length: 101 }, () => "lib/**"),
    strategy: { type: "green" },
    processes: [{ name: "worker", command: [] }],
    env: [],
    domains: ["x"],
  };
  expect(saidOf(createAppSchema, body)).toEqual({
    name: "is required",
    repoUrl: "must be text",
    branch: "must not be empty",
    port: "must be at most 65535",
    memory: "must be a number",
    startupSeconds: "must be a whole number",
    keepReleases: "must be at least 1",
    approval: "must be one of none, required",
    autoDeploy: "must be true or false",
    watchPaths: "must have at most 100 entries",
    "strategy.type": "must be one of rolling, blue_green, linear, canary",
    "processes.0.command": "must have at least 1 entry",
    env: "must be an object",
    "domains.0": "is not a host name",
  });
  expect(saidOf(createRunSchema, { command: ["x"], process: "y".repeat(101) })).toEqual({
    process: "must have at most 100 characters",
  });
});
