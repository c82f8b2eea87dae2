import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { fileHead, fileSource } from "../../lib/adapters/git/file.ts";
import type { ApiDeps } from "../../lib/api/deps.ts";
import { ApiError } from "../../lib/api/errors.ts";
import { handle } from "../../lib/api/handle.ts";
import { apiDeps } from "../support/api-deps.ts";
import { removeDirectory, repository } from "../support/local-mode.ts";

const made = repository({
  "package.json": JSON.stringify({ name: "root", scripts: { start: "node server.js" } }),
  "web/Dockerfile": "FROM scratch\n",
  "api/requirements.txt": "flask\n",
  "api/app.py": "from flask import Flask\napp = Flask(__name__)\n",
  "docs/notes.txt": "Notes",
});
afterAll(() => removeDirectory(made.path));

let deps: ApiDeps;
beforeAll(() => {
  deps = {
    ...apiDeps().deps,
    localRepositories: true,
    heads: { resolve: ({ url, branch, commit }) => fileHead(url, branch, commit) },
    sources: { open: ({ url, commit }) => fileSource(url, commit) },
  };
});

const ask = async (query: Readonly<Record<string, string>>, change: Partial<ApiDeps> = {}) => {
  const answer = await handle(
    { ...deps, ...change },
    {
      method: "GET",
      path: "/api/dockerfile",
      query: { repoUrl: made.path, ...query },
      headers: {},
      body: null,
      principal: { id: "token#9", name: "ada", role: "admin", apps: null },
      csrf: null,
      address: "192.0.2.1",
    },
  );
  // biome-ignore lint/suspicious/noExplicitAny: the tests read what the wire carries, and say what it must be.
  return (answer.body as any).data;
};

describe("the Dockerfile of a repository", () => {
  test("that is there is found, in the directory and by the name that the app would have", async () => {
    const found = { path: "web/Dockerfile", exists: true, proposal: null, reason: null };
    expect(await ask({ rootDir: "web" })).toEqual(found);
    expect(await ask({ rootDir: "api", dockerfile: "../web/Dockerfile" })).toEqual(found);
  });

  test.each([
    [".", "Dockerfile", /Node\.js/, /^FROM node:/m],
    ["api", "api/Dockerfile", /Python/, /^FROM python:/m],
  ])("that is not there is proposed as slipway init does: %s", async (rootDir, path, of, says) => {
    const { proposal, ...rest } = await ask({ rootDir });
    expect(rest).toEqual({ path, exists: false, reason: null });
    expect(proposal.of).toMatch(of);
    expect(proposal.dockerfile).toMatch(says);
    expect(proposal.dockerignore).toContain(".git");
  });

  test("is not proposed where nothing shows what the app is made with, or there is no such directory", async () => {
    expect(await ask({ rootDir: "docs" })).toMatchObject({
      exists: false,
      proposal: null,
      reason: expect.stringMatching(/nothing shows/),
    });
    expect(await ask({ rootDir: "nowhere" })).toMatchObject({
      proposal: null,
      reason: expect.stringMatching(/no directory nowhere/),
    });
  });

  test("is not known where the repository cannot be read, and the reason is said", async () => {
    expect(await ask({ branch: "nope" })).toMatchObject({
      exists: null,
      proposal: null,
      reason: expect.stringMatching(/has no branch nope/),
    });
    const broken = { sources: { open: () => Promise.reject(new Error("It is down.")) } };
    expect(await ask({}, broken)).toMatchObject({ exists: null, reason: expect.stringMatching(/does not list files/) });
  });

  test("is not looked for at an address that is not read", async () => {
    const refused = ask({ repoUrl: made.path }, { localRepositories: false }).catch((error: unknown) => error);
    expect(await refused).toBeInstanceOf(ApiError);
    expect(execFileSync("git", ["status", "--porcelain"], { cwd: made.path, encoding: "utf8" })).toBe("");
  });
});
