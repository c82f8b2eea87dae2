import { expect, test } from "@jest/globals";
import { exampleApp } from "../../lib/api/openapi/examples.ts";
import { variablesOf } from "../../lib/dashboard/apps/variables/find-variables.ts";

const app = { ...exampleApp, strategy: { type: "rolling" as const } };
const shop = {
  ...app,
  id: 1,
  env: { DATABASE_URL: "postgres://db", LEVEL: "info" },
  secrets: ["DATABASE_PASSWORD"],
};
const blog = { ...app, id: 2, env: { LEVEL: "debug" }, secrets: [] };

test.each([
  ["database", [[1, ["DATABASE_URL", "DATABASE_PASSWORD"]]]],
  [
    " LEVEL ",
    [
      [1, ["LEVEL"]],
      [2, ["LEVEL"]],
    ],
  ],
  ["postgres", []],
])("finds variables and secrets of all apps by a part of their names: %j", (part, expected) => {
  const found = variablesOf([shop, blog], part).map(({ app, variables }) => [
    app.id,
    variables.map(({ name }) => name),
  ]);
  expect(found).toEqual(expected);
});

test("shows values of variables, and none of secrets", () => {
  const [found] = variablesOf([shop], "database");
  expect(found?.variables.map(({ value }) => value)).toEqual(["postgres://db", null]);
});
