import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { bundleTools, writeTools } from "@slipway/local-aws/containers/docker/tools";

const directory = mkdtempSync(join(tmpdir(), "local-aws-tools-"));
const programs = join(directory, "programs");
const settings = { dataDir: directory, engine: "host", sandbox: "unshare", hostEnvironment: {} } as const;

beforeAll(() => {
  bundleTools(programs);
  writeTools(join(directory, "tools"), { ...settings, programs });
  writeTools(join(directory, "empty"), { ...settings, programs: join(directory, "nothing") });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a tool as a build does, and answers its exit code and what it wrote. */
function run(tools: "tools" | "empty", name: "docker" | "aws", args: readonly string[], input = "") {
  const env = { PATH: "/usr/bin:/bin", HOME: directory };
  const { status, stdout, stderr } = spawnSync(join(directory, tools, name), args, { env, input, encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("without a program behind it, docker", () => {
  test.each([
    { args: ["create", "--name", "one", "--driver", "docker-container", "--bootstrap"], stdout: "one\n" },
    { args: ["create"], stdout: "default\n" },
    { args: ["rm", "--force", "one"], stdout: "one removed\n" },
    { args: ["build", "--output", "type=cacheonly", "--cache-to", "type=registry,ref=r", "."], stdout: "" },
  ])("answers buildx $args", ({ args, stdout }) => {
    expect(run("empty", "docker", ["buildx", ...args])).toEqual({ status: 0, stdout, stderr: "" });
  });

  test.each([
    ["build", "--output", "type=local", "."],
    ["build", "--build-arg", "type=cacheonly", "."],
  ])("answers no other build: %s %s %s", (...args) => {
    expect(run("empty", "docker", ["buildx", ...args]).stderr).toContain("Cannot find module");
  });
});

describe("the bundled programs", () => {
  test("docker logs in, and refuses what it does not know", () => {
    const login = ["login", "--username", "AWS", "--password-stdin", "https://registry.example.com/v2"];
    expect(run("tools", "docker", login, "a-password")).toMatchObject({ status: 0, stdout: "Login Succeeded\n" });
    const { auths } = JSON.parse(readFileSync(join(directory, ".docker/config.json"), "utf8"));
    expect(Object.keys(auths)).toEqual(["registry.example.com"]);
    expect(run("tools", "docker", ["buildx", "prune"])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("unknown command: docker buildx prune"),
    });
  });

  test("docker reads a Dockerfile, and says where it is wrong", () => {
    const { status, stderr } = run("tools", "docker", ["buildx", "build", directory]);
    expect(status).toBe(1);
    expect(stderr).toContain("failed to read dockerfile: open Dockerfile: no such file or directory");
  });

  test("aws has the one command that a login needs", () => {
    const { status, stderr } = run("tools", "aws", ["s3", "ls"]);
    expect(status).toBe(252);
    expect(stderr).toContain('not "aws s3 ls"');
    const refused = run("tools", "aws", ["ecr", "get-login-password"]);
    expect(refused).toMatchObject({ status: 254, stderr: expect.stringContaining("An error occurred") });
  });
});
