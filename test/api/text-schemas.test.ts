import { execFileSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  createAppSchema,
  createDeploymentSchema,
  createTokenSchema,
  reasonSchema,
} from "../../lib/contract/requests.ts";
import { branch } from "../../lib/contract/text.ts";

const app = { name: "shop", repoUrl: "https://git.example.com/shop.git" };
const at = "x\u0007y";
const turned = "x\u202ey";
const nul = "x\0y";

describe("a line of text from a person", () => {
  test.each([
    ["branch", createAppSchema, (text: string) => ({ ...app, branch: text })],
    ["rootDir", createAppSchema, (text: string) => ({ ...app, rootDir: text })],
    ["dockerfile", createAppSchema, (text: string) => ({ ...app, dockerfile: text })],
    ["repoUrl", createAppSchema, (text: string) => ({ ...app, repoUrl: `https://git.example.com/${text}` })],
    ["healthCheckPath", createAppSchema, (text: string) => ({ ...app, healthCheckPath: `/${text}` })],
    ["approvers.0", createAppSchema, (text: string) => ({ ...app, approvers: [text] })],
    ["watchPaths.0", createAppSchema, (text: string) => ({ ...app, watchPaths: [text] })],
    [
      "notifications.0.url",
      createAppSchema,
      (text: string) => ({ ...app, notifications: [{ type: "slack", url: `https://a.example/${text}` }] }),
    ],
    ["branch", createDeploymentSchema, (text: string) => ({ appId: 1, branch: text })],
    ["reason", createDeploymentSchema, (text: string) => ({ appId: 1, reason: text })],
    ["reason", reasonSchema, (text: string) => ({ reason: text })],
    ["name", createTokenSchema, (text: string) => ({ name: text, role: "viewer" })],
  ])("%s has no control characters, no NUL, and nothing that turns its direction", (field, schema, body) => {
    expect(schema.safeParse(body("fine")).success).toBe(true);
    for (const text of [at, turned, nul, "x\u0085y", "x\u2028y", "x\u200by"]) {
      const { error } = schema.safeParse(body(text));
      expect(error?.issues.map(({ path }) => path.join("."))).toContain(field);
      expect(error?.issues.map(({ message }) => message).join()).toMatch(/control characters|line of text/);
    }
  });

  test("a reason may have emoji of several characters and other scripts", () => {
    for (const reason of ["👩‍💻 deploys 🏳️‍🌈", "می‌خواهم", "naïve 你好"])
      expect(reasonSchema.safeParse({ reason }).success).toBe(true);
  });

  test("a variable may have lines, but not what no environment can hold", () => {
    expect(createAppSchema.safeParse({ ...app, env: { KEY: "a\nb" } }).success).toBe(true);
    expect(createAppSchema.safeParse({ ...app, env: { KEY: nul } }).error?.issues[0]?.path).toEqual(["env", "KEY"]);
    expect(createAppSchema.safeParse({ ...app, secrets: { KEY: nul } }).error?.issues[0]?.path).toEqual([
      "secrets",
      "KEY",
    ]);
  });
});

describe("a watch path that cannot be judged is refused when it is saved", () => {
  test.each([
    "+(a|b)/**",
    "x/!(docs)/**",
    "{1..3}/x",
    "",
    "!",
    `${"{a,".repeat(30)}x`.concat("}".repeat(30)),
    "x".repeat(501),
  ])("%s", (glob) => {
    const { error } = createAppSchema.safeParse({ ...app, watchPaths: ["web/**", glob] });
    expect(error?.issues[0]?.path).toEqual(["watchPaths", 1]);
  });

  test.each(["web/**", "!docs/**", "**/*.{ts,tsx}", "app/(shop)/**", "[", "*a*a*a*a*a*a*a*a*a*b"])(
    "and not: %s",
    (glob) => expect(createAppSchema.safeParse({ ...app, watchPaths: [glob] }).success).toBe(true),
  );
});

test("a branch is what git takes for one", () => {
  const git = (name: string): boolean => {
    try {
      execFileSync("git", ["check-ref-format", `refs/heads/${name}`], { stdio: "ignore" });
      // A command would take these for something else.
      return !name.startsWith("-") && !["HEAD", "@"].includes(name);
    } catch {
      return false;
    }
  };
  const named = fc.oneof(
    fc.constantFrom(
      "main",
      "feature/x",
      "a.lock",
      "a.lock/b",
      ".a",
      "a/.b",
      "a..b",
      "a.",
      "a/",
      "/a",
      "a//b",
      "@",
      "a@{b",
      "@a",
      "-a",
      "HEAD",
      "a\\b",
      "a b",
      "a~b",
      "x.locked",
      "ü/é",
    ),
    fc
      .array(fc.constantFrom("a", "/", ".", "@", "{", "-", ".lock", "~", "*", "é"), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(named, (name) => expect({ name, is: branch.safeParse(name).success }).toEqual({ name, is: git(name) })),
    { numRuns: 150 },
  );
});
