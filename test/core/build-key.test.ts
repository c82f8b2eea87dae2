import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import type { Settings } from "../../lib/core/app.ts";
import type { Source } from "../../lib/core/ports/git.ts";
import { baseImages, buildKey } from "../../lib/core/worker/build-key.ts";
import { someSettings } from "../support/deployments.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A commit with these files; a name that ends in `@` is a submodule at that commit. */
const sourceOf = (files: Readonly<Record<string, string>>): Source => ({
  entries: Object.entries(files).map(([path, text]) =>
    path.endsWith("@")
      ? { path: path.slice(0, -1), mode: "160000", hash: text }
      : { path, mode: "100644", hash: hash(text) },
  ),
  read: async ({ path }) => files[path] ?? null,
});

const files = {
  Dockerfile: "FROM node:24\nCOPY . .\n",
  "web/Dockerfile": "FROM node:24\nCOPY . .\n",
  "web/server.js": "serve()",
  "web/readme.md": "Read",
  "other/file": "other",
};
const keyOf = async (
  change: Readonly<Record<string, string>> = {},
  settings: Partial<Settings> & Readonly<Record<string, unknown>> = {},
): Promise<string | undefined> => {
  const all = { ...someSettings({ root_dir: "web" }), ...settings };
  return (await buildKey(sourceOf({ ...files, ...change }), all, hash))?.key;
};

describe("the key of a build", () => {
  test("is the same for the same tree, whatever changes elsewhere or of the app besides its build", async () => {
    const key = await keyOf();
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(await keyOf({ "other/file": "changed", "new/file": "new" })).toBe(key);
    expect(
      await keyOf({}, { env: { A: "b" }, memory: 4096, name: "renamed", branch: "next", build_cache: false }),
    ).toBe(key);
  });

  test.each<[string, Record<string, string>, Partial<Settings>]>([
    ["a file of its root directory", { "web/server.js": "changed" }, {}],
    ["a new file", { "web/new.js": "" }, {}],
    ["its Dockerfile", { "web/Dockerfile": "FROM node:24\n" }, {}],
    ["its .dockerignore", { "web/.dockerignore": "nothing" }, {}],
    ["another root directory", {}, { root_dir: "." }],
    ["another Dockerfile", { "web/Dockerfile.next": "FROM node:24\nCOPY . .\n" }, { dockerfile: "Dockerfile.next" }],
    ["a setting of builds", {}, { build_target: "test" }],
    ["another architecture", {}, { architecture: "arm64" }],
    ["a submodule", { "web/lib@": "1".repeat(40) }, {}],
  ])("is another one for %s", async (_, change, settings) => {
    const key = await keyOf(change, settings);
    expect(key).toBeDefined();
    expect(key).not.toBe(await keyOf());
  });

  test("follows the commit of a submodule, and from where it is taken", async () => {
    const modules = { ".gitmodules": "one", "web/lib@": "1".repeat(40) };
    const key = await keyOf(modules);
    expect(await keyOf({ ...modules, "web/lib@": "2".repeat(40) })).not.toBe(key);
    expect(await keyOf({ ...modules, ".gitmodules": "two" })).not.toBe(key);
  });

  test("is the same where only what .dockerignore leaves out changed", async () => {
    const ignoring = { "web/.dockerignore": "*.md\n" };
    const key = await keyOf(ignoring);
    expect(await keyOf({ ...ignoring, "web/readme.md": "changed", "web/more.md": "" })).toBe(key);
    expect(await keyOf({ ...ignoring, "web/server.js": "changed" })).not.toBe(key);
    const own = { ...ignoring, "web/Dockerfile.dockerignore": "server.js\n" };
    const ownKey = await keyOf(own);
    expect(await keyOf({ ...own, "web/server.js": "changed" })).toBe(ownKey);
    expect(await keyOf({ ...own, "web/readme.md": "changed" })).not.toBe(ownKey);
  });

  test("is of a Dockerfile beside the root directory, too, and of none outside of the repository", async () => {
    const beside = { dockerfile: "../Dockerfile" };
    expect(await keyOf({ Dockerfile: "FROM node:22\n" }, beside)).not.toBe(await keyOf({}, beside));
    expect(await keyOf({}, { dockerfile: "../../Dockerfile" })).toBeUndefined();
    expect(await keyOf({}, { dockerfile: "Absent" })).toBeUndefined();
  });

  test("follows the versions of the secrets that builds mount, and is not known where one has no version", async () => {
    const secret = (build_secret_versions: Readonly<Record<string, string>>) =>
      keyOf({}, { build_secrets: ["NPM_TOKEN"], build_secret_versions });
    const key = await secret({ NPM_TOKEN: "1" });
    expect(key).toBeDefined();
    expect(await secret({ NPM_TOKEN: "1" })).toBe(key);
    expect(await secret({ NPM_TOKEN: "2" })).not.toBe(key);
    expect(await keyOf()).not.toBe(key);
    expect(await secret({})).toBeUndefined();
  });

  test("is not known where .dockerignore takes too long to apply", async () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`web/${"a".repeat(200)}${n}`, ""]));
    const costly = Array.from({ length: 400 }, () => `${"*a".repeat(60)}b`).join("\n");
    expect(await keyOf({ ...many, "web/.dockerignore": costly })).toBeUndefined();
  });
});

describe("the base images of a Dockerfile", () => {
  test("are those of FROM, COPY and mounts that are no stages", () => {
    const text = `# FROM commented:1
ARG V=24
FROM --platform=linux/amd64 node:24 AS build
from build as test
COPY --from=build /a /b
COPY --from=0 /a /b
COPY --from=nginx:1 /a /b
RUN --mount=type=bind,from=golang:1,target=/go true
FROM scratch
FROM node:$V
`;
    expect(baseImages(text)).toEqual(["node:24", "nginx:1", "golang:1", "node:$V"]);
  });

  test("are known for ever where all are named by their digests", async () => {
    const pinned = `FROM node@sha256:${"a".repeat(64)}\n`;
    const of = async (text: string) =>
      (await buildKey(sourceOf({ Dockerfile: text }), someSettings({}), hash))?.isPinned;
    expect([await of(pinned), await of(`${pinned}COPY --from=node:24 / /\n`), await of("FROM scratch\n")]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
