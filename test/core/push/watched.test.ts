import { describe, expect, test } from "@jest/globals";
import { changedPaths } from "../../../lib/core/push/changed-paths.ts";
import { isWatched } from "../../../lib/core/push/watched.ts";

const watched = (watch_paths: readonly string[], changed: readonly string[] | null, root_dir = ".") =>
  isWatched({ watch_paths: [...watch_paths], root_dir, dockerfile: "Dockerfile" }, changed);

describe("an app watches", () => {
  test.each([
    [["web/**"], "web/src/a.ts", true],
    [["web/**"], "website/a.ts", false],
    [["web/**"], "web/.env.example", true],
    [["**"], ".github/workflows/deploy.yml", true],
    [["*.md"], "README.md", true],
    [["*.md"], "docs/README.md", false],
    [["**/*.md"], "docs/README.md", true],
    [["{web,api}/**"], "api/x", true],
    [["**", "!docs/**"], "docs/x", false],
    [["**", "!docs/**"], "web/x", true],
    [["**", "!docs/**", "docs/api/**"], "docs/api/x", true],
    [["!docs/**"], "web/x", true],
    [["!docs/**"], "docs/x", false],
    [["["], "web/x", false],
  ])("by %j the file %s: %s", (globs, path, expected) => expect(watched(globs, [path])).toBe(expected));

  test.each([
    [".", "anything", true],
    ["./", "anything", true],
    ["web", "web/x", true],
    ["./web/", "web/x", true],
    ["web", "website/x", false],
    ["web", "web", false],
  ])("without globs what lies below its root directory: %s, %s: %s", (rootDir, path, expected) =>
    expect(watched([], [path], rootDir)).toBe(expected),
  );

  test.each([
    ["../docker/web.Dockerfile", "docker/web.Dockerfile", true],
    ["../docker/web.Dockerfile", "docker/web.Dockerfile.dockerignore", true],
    ["../docker/web.Dockerfile", "docker/api.Dockerfile", false],
    ["Dockerfile", "Dockerfile", false],
  ])("its Dockerfile %s, wherever that lies: %s: %s", (dockerfile, path, expected) =>
    expect(isWatched({ watch_paths: [], root_dir: "web", dockerfile }, [path])).toBe(expected),
  );

  test("its globs instead of its root directory, and everything while it is not known what changed", () => {
    expect(watched(["shared/**"], ["shared/x"], "web")).toBe(true);
    expect(watched(["shared/**"], ["web/x"], "web")).toBe(false);
    expect(watched(["shared/**"], null, "web")).toBe(true);
    expect(watched(["shared/**"], [])).toBe(false);
  });
});

describe("what a push changed", () => {
  const after = "a".repeat(40);
  const commit = (change: object) => ({ id: after, added: [], removed: [], modified: [], ...change });
  const changed = (change: object) =>
    changedPaths({ after, created: false, forced: false, commits: [commit({ added: ["x"] })], total: null, ...change });

  test("is what its commits added, removed and modified, each named once", () => {
    const commits = [{ id: "b", added: ["x", "y"], removed: ["z"] }, commit({ modified: ["x"] })];
    expect(changed({ commits })).toEqual(["x", "y", "z"]);
  });

  test.each([
    ["the branch is new", { created: true }],
    ["it was forced", { forced: true }],
    ["no commits are listed", { commits: [] }],
    ["the newest commit is not among those listed", { commits: [{ id: "b", added: ["x"] }] }],
    ["the host lists fewer than there are", { total: 7 }],
    ["the list may have been cut", { commits: Array.from({ length: 2048 }, () => commit({})) }],
    ["a commit names no files", { commits: [commit({}), { id: "b" }] }],
  ])("is not known when %s", (_why, change) => expect(changed(change)).toBeNull());
});
