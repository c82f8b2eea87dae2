import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { configuration } from "../../functions/shared/configuration.ts";

const names = ["EVENT_BUS", "SUBNET_IDS", "AUTH_MODE", "LOCAL_REPOSITORIES", "APP_URL"] as const;
let before: NodeJS.ProcessEnv;

beforeEach(() => {
  before = { ...process.env };
  for (const name of names) delete process.env[name];
});
afterEach(() => {
  process.env = before;
});

test("every missing or wrong variable is named at once", () => {
  Object.assign(process.env, { AUTH_MODE: "perhaps", APP_URL: "", EVENT_BUS: "" });
  let message = "";
  try {
    configuration(...names);
  } catch (error) {
    message = String(error);
  }
  for (const name of ["EVENT_BUS", "SUBNET_IDS", "AUTH_MODE", "LOCAL_REPOSITORIES"]) expect(message).toContain(name);
  expect(message).not.toContain("APP_URL");
});

test("a function is given what it names, as what it means, and nothing else", () => {
  Object.assign(process.env, {
    EVENT_BUS: "bus",
    SUBNET_IDS: "subnet-1, subnet-2,",
    AUTH_MODE: "required",
    LOCAL_REPOSITORIES: "allowed",
    APP_URL: "",
  });
  expect(configuration(...names)).toEqual({
    EVENT_BUS: "bus",
    SUBNET_IDS: ["subnet-1", "subnet-2"],
    AUTH_MODE: "required",
    LOCAL_REPOSITORIES: true,
    APP_URL: "",
  });
  expect(configuration("EVENT_BUS")).toEqual({ EVENT_BUS: "bus" });
});
