import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ApiDeps } from "../../lib/api/deps.ts";
import { handle } from "../../lib/api/handle.ts";
import type { GitToken } from "../../lib/core/app-repository.ts";
import { apiDeps, type Kept } from "../support/api-deps.ts";
import { memoryGitTokens } from "../support/memory-github.ts";

let deps: ApiDeps;
let kept: Kept;
let tokens: Map<number, GitToken>;
beforeEach(() => {
  const made = apiDeps();
  tokens = new Map();
  kept = made.kept;
  deps = { ...made.deps, gitTokens: memoryGitTokens(tokens) };
});

const send = async (method: string, path: string, body: unknown) => {
  const answer = await handle(deps, {
    method,
    path,
    query: {},
    headers: {},
    body: JSON.stringify(body),
    principal: { id: "token#9", name: "ada", role: "admin", apps: null },
    csrf: null,
    address: "192.0.2.1",
  });
  return (answer.body as { data: { id: number; git_token: boolean } }).data;
};
const create = (change: Readonly<Record<string, unknown>> = {}) =>
  send("POST", "/api/apps", {
    name: "shop",
    repoUrl: "https://git.example.com/shop.git",
    gitToken: "first",
    ...change,
  });
const patch = (id: number, change: Readonly<Record<string, unknown>>) => send("PATCH", `/api/apps/${id}`, change);
const gitToken = (message: RegExp) => ({ details: [{ field: "gitToken", message: expect.stringMatching(message) }] });

describe("an app's Git token", () => {
  test("is kept with the server it is for, and only that it is there is shown, stored and noted", async () => {
    const app = await create();
    expect(app.git_token).toBe(true);
    expect(tokens.get(app.id)).toEqual({ origin: "https://git.example.com", token: "first" });
    expect(JSON.stringify([app, kept.apps.get(app.id), kept.audit])).not.toContain("first");
  });

  test("stays, is replaced and is removed", async () => {
    const { id } = await create();
    expect(await patch(id, { port: 4000, repoUrl: "https://git.example.com/renamed" })).toMatchObject({
      git_token: true,
    });
    expect(await patch(id, { gitToken: "second" })).toMatchObject({ git_token: true });
    expect(tokens.get(id)?.token).toBe("second");
    expect(await patch(id, { gitToken: null })).toMatchObject({ git_token: false });
    expect(tokens.size).toBe(0);
    expect(await patch(id, { port: 4001 })).toMatchObject({ git_token: false });
  });

  test("does not follow the repository to another server unless it is given again", async () => {
    const { id } = await create();
    const elsewhere = { repoUrl: "https://evil.example/shop.git" };
    await expect(patch(id, elsewhere)).rejects.toMatchObject(gitToken(/another server/));
    expect(kept.apps.get(id)?.settings.repo_url).toBe("https://git.example.com/shop.git");
    await patch(id, { ...elsewhere, gitToken: "another" });
    expect(tokens.get(id)).toEqual({ origin: "https://evil.example", token: "another" });
    await patch(id, { repoUrl: "https://third.example/shop.git", gitToken: null });
    expect(tokens.size).toBe(0);
  });

  test("is not sent in the clear, nor taken in a shape that no header carries", async () => {
    await expect(create({ repoUrl: "http://git.example.com/shop.git" })).rejects.toMatchObject({
      details: [{ field: "repoUrl", message: expect.stringMatching(/https/) }],
    });
    await expect(create({ repoUrl: "file:///srv/shop.git" })).rejects.toMatchObject({ status: 400 });
    for (const token of ["", "two words", "a\r\nHost: evil", "ü"])
      await expect(create({ gitToken: token })).rejects.toMatchObject({ details: [{ field: "gitToken" }] });
    expect(tokens.size).toBe(0);
  });
});
