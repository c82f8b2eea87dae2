// The page of tokens: what it says of roles is what the API enforces, and what it sends is what the API accepts.
import { describe, expect, test } from "@jest/globals";
import { elsewhere, routes } from "../../lib/api/routes.ts";
import { createTokenSchema } from "../../lib/contract/requests.ts";
import { permissions } from "../../lib/dashboard/tokens/role-matrix.ts";
import { blankToken, snippetsOf, toTokenInput } from "../../lib/dashboard/tokens/token-draft.ts";

const roleOf = new Map([...routes, ...elsewhere].map(({ method, path, role }) => [`${method} ${path}`, role]));

test.each(permissions)("$name: from $role on, as the API has it", ({ role, routes: named }) => {
  expect(named.length).toBeGreaterThan(0);
  expect(named.map((route) => [route, roleOf.get(route)])).toEqual(named.map((route) => [route, role]));
});

test("every route that changes something for somebody else is in the table of roles", () => {
  const named = new Set(permissions.flatMap(({ routes: of }) => of));
  const writes = [...roleOf].filter(([name, role]) => !name.startsWith("GET") && role !== null && role !== "viewer");
  expect(writes.map(([name]) => name).filter((name) => !named.has(name))).toEqual([]);
});

describe("a new token", () => {
  const now = Date.parse("2026-01-01T00:00:00.000Z");
  const draft = { ...blankToken, name: " ci " };

  test("lasts so many days from now, or for ever", () => {
    expect(toTokenInput({ ...draft, days: "30" }, now)).toMatchObject({ expiresAt: "2026-01-31T00:00:00.000Z" });
    expect(toTokenInput({ ...draft, days: "never" }, now)).toMatchObject({ expiresAt: null });
  });

  test("is for all apps unless some are chosen", () => {
    expect(toTokenInput(draft, now)).toMatchObject({ name: "ci", apps: null, github: null });
    expect(toTokenInput({ ...draft, apps: [3], github: "@ada-lovelace" }, now)).toMatchObject({
      apps: [3],
      github: "ada-lovelace",
    });
  });

  test("is accepted by the API, and one without a name is not", () => {
    expect(createTokenSchema.safeParse(toTokenInput(draft, now)).success).toBe(true);
    expect(createTokenSchema.safeParse(toTokenInput(blankToken, now)).success).toBe(false);
  });
});

test("what is copied to use a token names this installation and never the token", () => {
  const { terminal, pipeline } = snippetsOf("https://slipway.example.com", "hello");
  expect(terminal).toBe("slipway login https://slipway.example.com");
  expect(pipeline).toContain("url: https://slipway.example.com\n");
  expect(pipeline).toContain("app: hello");
  // It would run whatever the registry has by that name, with the token.
  expect(pipeline).not.toContain("npx");
});
