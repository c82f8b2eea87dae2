import { describe, expect, test } from "@jest/globals";
import { createAppSchema } from "../../lib/contract/requests.ts";
import { openApi, validators } from "../support/document.ts";

const isApp = validators(openApi)("components", "schemas", "CreateApp");

/** Whether the API takes it, and whether its document says so. */
const taken = (field: Readonly<Record<string, unknown>>) => {
  const app = { name: "shop", repoUrl: "https://git.example.com/shop.git", ...field };
  return [createAppSchema.safeParse(app).success, isApp(app)];
};

describe("what the API takes, its document says, and the other way about", () => {
  test.each(["src", ".", "a/b.c", "..x", "a..b", "é", " "])("rootDir %j is taken", (rootDir) =>
    expect(taken({ rootDir })).toEqual([true, true]),
  );

  test.each(["", "/src", "..", "../x", "a/../b", "a/..", "a\\..\\b", "a\nb", "a\0", "x".repeat(501)])(
    "rootDir %j is refused",
    (rootDir) => expect(taken({ rootDir })).toEqual([false, false]),
  );

  test.each(["main", "feature/x", "v1.2", "é", "a-b"])("branch %j is taken", (branch) =>
    expect(taken({ branch })).toEqual([true, true]),
  );

  test.each(["", "-x", "a b", "a..b", "a@{b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a\0b", "a\nb"])(
    "branch %j is refused",
    (branch) => expect(taken({ branch })).toEqual([false, false]),
  );

  test.each([
    "https://git.example.com/a.git",
    "HTTPS://git.example.com/a",
    "http://localhost/a",
    "/srv/a",
    "file:///srv/a",
  ])("repoUrl %j is taken", (repoUrl) => expect(taken({ repoUrl })).toEqual([true, true]));

  test.each(["", "shop", "ssh://git.example.com/a.git", "git@example.com:a.git", "/a\nb", "javascript:alert(1)"])(
    "repoUrl %j is refused",
    (repoUrl) => expect(taken({ repoUrl })).toEqual([false, false]),
  );

  test.each(["200", "200-399", "200,302", "200-299,401", "499"])("healthCheckExpect %j is taken", (healthCheckExpect) =>
    expect(taken({ healthCheckExpect })).toEqual([true, true]),
  );

  test.each(["", "199", "500", "200-", "200 ,302", "2xx", "200-399,"])(
    "healthCheckExpect %j is refused",
    (healthCheckExpect) => expect(taken({ healthCheckExpect })).toEqual([false, false]),
  );

  test("an app stops within what Fargate allows", () => {
    expect([-1, 0, 120, 121].map((stopSeconds) => taken({ stopSeconds })[0])).toEqual([false, true, true, false]);
  });

  test("cpu is one of Fargate's sizes", () => {
    expect([256, 300, 4096].map((cpu) => taken({ cpu }))).toEqual([
      [true, true],
      [false, false],
      [true, true],
    ]);
  });
});
